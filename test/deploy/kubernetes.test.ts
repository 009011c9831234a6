// Does the plain Deployment of deploy/kubernetes fit together: flags, ports, probes, times, memory, rights?
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { optionNames } from '../../src/config/options.ts';
import { readConfig } from '../../src/config/read.ts';
import { readQuantityBytes } from '../../src/puller/models-file/memory-quantity.ts';
import { readModelsFile } from '../../src/puller/models-file/read-models-file.ts';
import { type Container, type Deployment, environmentOf, readYaml, sidecarOf, withLogging } from './deployment.ts';
import { root } from './manifests.ts';

const plain = readYaml('deploy/kubernetes/base/deployment.yaml') as Deployment;
const pod = plain.spec.template.spec;
const runtime = pod.containers[0] as Container;
const variants = [
  ['base', plain],
  ['logging', withLogging(plain)],
] as const;

function flag(container: Container, name: string): string | undefined {
  return container.args?.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
}

const configOf = (deployment: Deployment) => {
  const sidecar = sidecarOf(deployment);
  return readConfig({ argv: sidecar.args ?? [], env: environmentOf(sidecar) });
};

describe.each(variants)('%s', (variant, deployment) => {
  const sidecar = sidecarOf(deployment);
  const config = configOf(deployment);

  it('has flags and variables that Outrigger takes without a word', () => {
    const known = optionNames.map((name) => `OUTRIGGER_${name.toUpperCase().replaceAll('-', '_')}`);
    const given = (sidecar.env ?? []).map(({ name }) => name).filter((name) => name !== 'SERVING_READINESS_PROBE');
    expect(known).toEqual(expect.arrayContaining(given));
    expect(given).toHaveLength(variant === 'logging' ? 6 : 0);
    expect(config.notices).toEqual([]);
    expect([config.effective['max-batchsize'], config.puller?.modelDir]).toEqual([16, '/mnt/models']);
    expect(config.logger?.sinks.map(({ url }) => url)).toEqual(
      variant === 'logging' ? ['http://event-sink/'] : undefined,
    );
  });

  it('mounts every folder that Outrigger is told of, and can write those that it must', () => {
    const { volumes = [] } = deployment.spec.template.spec;
    const mounts = sidecar.volumeMounts ?? [];
    const writable = mounts.filter(({ readOnly }) => readOnly !== true).map(({ mountPath }) => mountPath);
    const wanted = [config.puller?.modelDir, config.logger?.spool?.dir].filter((path) => path !== undefined);
    expect(writable).toEqual(expect.arrayContaining(wanted));
    expect(mounts.map(({ mountPath }) => mountPath).toSorted()).toEqual([...wanted, '/mnt/configs'].toSorted());
    for (const { name, mountPath } of mounts) {
      const volume = volumes.find((one) => one.name === name);
      expect(Object.keys(volume ?? {}), mountPath).toContain(writable.includes(mountPath) ? 'emptyDir' : 'configMap');
    }
  });

  it('has the memory that was measured, and that its bounds allow', () => {
    const mib = (amount = '') => (readQuantityBytes(amount) ?? Number.NaN) / 2 ** 20;
    const rest = figure('S19', 'outrigger | resident at rest MiB');
    const pull = figure('REAL-MINIO', 'outrigger, small | peak memory MiB') - rest;
    const logging = variant === 'logging' ? figure('S15', 'outrigger, binary | memory growth MiB, of the bound') : 0;
    const usual = rest + figure('IDLE-1000', 'outrigger | MiB more') + pull + logging;
    const queues = variant === 'logging' ? 2 * (config.logger?.queue.maxBytes ?? Number.NaN) : 0;
    const bounds = ((config.batcher?.maxWaitingBytes ?? Number.NaN) + queues) / 2 ** 20;
    expect(mib(sidecar.resources.requests.memory)).toBeGreaterThan(usual);
    expect(mib(sidecar.resources.limits.memory)).toBeGreaterThan(usual - logging + bounds);
  });
});

/** The median of a row of bench/RESULTS.md. */
function figure(section: string, row: string): number {
  const results = readFileSync(join(root, 'bench/RESULTS.md'), 'utf8');
  const [, part = ''] = results.split(`<!-- ${section} -->`);
  const line = part.slice(0, part.indexOf('<!-- end -->')).split(`| ${row} | `)[1] ?? '';
  return Number.parseFloat(line);
}

describe('ports', () => {
  const sidecar = sidecarOf(plain);
  const { listener, ops, upstream, readiness } = configOf(plain);

  it('of Outrigger are those of its container, its probes and its Service', () => {
    expect(sidecar.ports?.map(({ containerPort }) => containerPort)).toEqual([listener.port, ops?.port]);
    expect(sidecar.readinessProbe?.httpGet.port).toBe(listener.port);
    for (const { httpGet } of [sidecar.startupProbe!, sidecar.livenessProbe!]) {
      expect(httpGet).toEqual({ path: '/livez', port: ops?.port });
    }
    const { spec } = readYaml('deploy/kubernetes/base/service.yaml') as { spec: { ports: { targetPort: number }[] } };
    expect(spec.ports.map(({ targetPort }) => targetPort)).toEqual([listener.port]);
  });

  it("of the runtime are those of Triton's flags and probes", () => {
    const [http, grpc] = [flag(runtime, 'http-port'), flag(runtime, 'grpc-port')].map(Number);
    expect([upstream.port, upstream.grpcPort]).toEqual([http, grpc]);
    expect(readiness.probes).toMatchObject([{ check: { kind: 'httpGet', port: http, path: '/v2/health/ready' } }]);
    expect([runtime.startupProbe?.httpGet.port, runtime.livenessProbe?.httpGet.port]).toEqual([http, http]);
  });

  it('that Prometheus asks for have a name in the pod, at pods that it selects', () => {
    const { spec } = readYaml('deploy/kubernetes/podmonitor.yaml') as {
      spec: { selector: { matchLabels: object }; podMetricsEndpoints: { port: string }[] };
    };
    const named = sidecar.ports?.find(({ name }) => name === spec.podMetricsEndpoints[0]?.port);
    expect(named?.containerPort).toBe(ops?.port);
    expect(plain.spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
    expect(plain.spec.selector.matchLabels).toEqual(spec.selector.matchLabels);
  });
});

it('the sidecar runs beside the runtime, and its start does not wait for it', () => {
  expect(sidecarOf(plain).restartPolicy).toBe('Always');
  expect(sidecarOf(plain).startupProbe?.httpGet.path).toBe('/livez');
});

it('the grace period has room for who leaves, one after the other', () => {
  const [, sleepSeconds] = runtime.lifecycle?.preStop?.exec.command ?? [];
  const exitSeconds = Number(flag(runtime, 'exit-timeout-secs'));
  const drainSeconds = configOf(plain).drain.maxWaitMs / 1_000;
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(Number(sleepSeconds) + exitSeconds + drainSeconds);
  const { minWaitMs, quietPeriodMs } = configOf(plain).drain;
  expect(minWaitMs + quietPeriodMs).toBeLessThan(drainSeconds * 1_000);
});

it('nobody in the pod has more rights than needed', () => {
  expect(pod).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  });
  const image = /^USER (\d+):(\d+)$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8'));
  const [runAsUser, runAsGroup] = [Number(image?.[1]), Number(image?.[2])];
  const least = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  expect(sidecarOf(plain).securityContext).toEqual({ ...least, runAsUser, runAsGroup, readOnlyRootFilesystem: true });
  expect(runtime.securityContext).toEqual({ ...least, runAsUser: 1000, runAsGroup: 1000 });
});

it('the runtime reads the models where Outrigger writes them', () => {
  const models = sidecarOf(plain).volumeMounts?.find(({ name }) => name === 'models');
  const seen = runtime.volumeMounts?.find(({ name }) => name === 'models');
  expect(seen).toEqual({ ...models, readOnly: true });
  expect(seen?.mountPath).toBe(flag(runtime, 'model-repository'));
});

it('its models.json holds models that are understood', () => {
  const { data } = parseDocument(readFileSync(join(root, 'deploy/kubernetes/base/models.yaml'), 'utf8')).toJS();
  const { models, refused } = readModelsFile(data['models.json']);
  expect([[...models.keys()], refused]).toEqual([['digits'], []]);
});
