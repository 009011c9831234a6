// Does each container that KServe injects start as it is written there, and pass the probe that kubelet is told to send?
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { answering, rawRuntime } from '../support/raw-runtime.ts';
import containers from '../vectors/injected-containers.json' with { type: 'json' };
import { AgentProcess } from './support/agent-process.ts';
import { builtProgram } from './support/built-program.ts';

interface Container {
  readonly case: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string; readonly fromSecret?: string }[];
  readonly readinessProbe: {
    readonly path: string;
    readonly httpHeaders: readonly { readonly name: string; readonly value: string }[];
  };
}

const cases: readonly Container[] = containers;
const probeName = 'SERVING_READINESS_PROBE';

/** Ports of the recorded container, each a runtime of the test's own; the recorded ones may be taken on this machine. */
async function startRuntimes({ args, env }: Container): Promise<ReadonlyMap<string, string>> {
  const componentPort = args[args.indexOf('--component-port') + 1] as string;
  const probe = env.find(({ name }) => name === probeName)?.value ?? '';
  const ports = new Set([componentPort, ...[...probe.matchAll(/"port":(\d+)/g)].map(([, port]) => port as string)]);
  const started = [...ports].map(async (port) => [port, String((await rawRuntime(answering())).port)] as const);
  return new Map(await Promise.all(started));
}

/** As the pod mounts them: KServe's ConfigMap begins with an empty list. */
function mountedFolders(): string[] {
  const path = mkdtempSync(join(tmpdir(), 'outrigger-injected-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  writeFileSync(join(path, 'models.json'), '[]');
  return ['--config-dir', path, '--model-dir', join(path, 'models')];
}

// On Node 22 as well by `npm run test:full`, which runs all end-to-end tests there.
describe('every container that KServe injects, as a process', () => {
  let program: string;

  beforeAll(async () => {
    program = await builtProgram();
  });

  it.for(cases)('$case', async (container) => {
    const runtimes = await startRuntimes(container);
    const args = container.args.map((word, at) =>
      container.args[at - 1] === '--component-port' ? (runtimes.get(word) as string) : word,
    );
    const env = container.env.map(({ name, value, fromSecret }) => {
      const own = value ?? `secret of ${fromSecret}`;
      return [
        name,
        name === probeName ? own.replaceAll(/"port":(\d+)/g, (_all, port) => `"port":${runtimes.get(port)}`) : own,
      ];
    });
    const folders = mountedFolders();
    const ours = [
      '--host',
      '127.0.0.1',
      '--port',
      '0',
      '--metrics-port',
      '0',
      ...(args.includes('--enable-puller') ? folders : []),
    ];
    const agent = new AgentProcess({ program, args: [...args, ...ours], env: Object.fromEntries(env) });
    onTestFinished(() => agent[Symbol.asyncDispose]());

    const { path, httpHeaders } = container.readinessProbe;
    const headers = {
      'User-Agent': 'kube-probe/1.31',
      ...Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value])),
    };
    const call = request({ host: '127.0.0.1', port: await agent.served(), path, headers, agent: false }).end();
    const [answer] = await once(call, 'response');
    expect([answer.statusCode, await text(answer)]).toEqual([200, 'queue']);
    expect(agent.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
    expect(agent.stdout + agent.stderr).not.toContain('secret of');
  });
});
