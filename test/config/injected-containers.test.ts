import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import containers from '../vectors/injected-containers.json' with { type: 'json' };

interface Container {
  readonly case: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string; readonly fromSecret?: string }[];
}

function readContainer({ args, env }: Container) {
  const secretOf = (text: string) => Buffer.from(text).toString('base64'); // some stores take nothing else for a key
  const values = env.map(({ name, value, fromSecret }) => [name, value ?? secretOf(`secret of ${fromSecret}`)]);
  return readConfig({ argv: args, env: Object.fromEntries(values) });
}

/** What follows a flag on the command line that KServe wrote: the plainest reading there is, made without our own. */
function wordAfter(flag: string, args: readonly string[]): string | undefined {
  return args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined;
}

const cases: readonly Container[] = containers;

describe('every container that KServe injects', () => {
  it('is in the recorded list', () => {
    expect(cases).toHaveLength(16);
  });

  it.each(cases.map((container) => [container.case, container] as const))('%s', (_, container) => {
    const { args } = container;
    const env = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
    const { upstream, effective, readiness, notices, drain, listener, concurrency, log, logger, puller } =
      readContainer(container);

    const componentPort = Number(wordAfter('--component-port', args));
    expect([listener.port, upstream.port, upstream.grpcPort]).toEqual([9081, componentPort, componentPort]);
    expect(effective['enable-batcher']).toBe(args.includes('--enable-batcher'));
    expect(effective['max-batchsize']).toBe(Number(wordAfter('--max-batchsize', args) ?? 32));
    expect(effective['max-latency']).toBe(Number(wordAfter('--max-latency', args) ?? 5_000));
    expect(effective['enable-puller']).toBe(args.includes('--enable-puller'));
    expect(effective['logger-tls-skip-verify']).toBe(false);
    for (const flag of [
      'log-url',
      'log-mode',
      'log-store-format',
      'log-batch-interval',
      'metadata-headers',
      'metadata-annotations',
      'source-uri',
      'logger-ca-cert-file',
    ] as const) {
      const written = wordAfter(`--${flag}`, args);
      if (written !== undefined) expect(effective[flag], flag).toBe(written);
    }

    const written = JSON.parse(env.SERVING_READINESS_PROBE ?? '{"tcpSocket":{},"periodSeconds":10}');
    const kind = 'httpGet' in written ? 'httpGet' : 'tcpSocket';
    const port = written[kind].port ?? componentPort;
    expect(readiness.probes).toMatchObject([
      { check: { kind, host: '127.0.0.1', port }, timeoutMs: 1_000, periodMs: (written.periodSeconds ?? 0) * 1_000 },
    ]);

    const sink = wordAfter('--log-url', args);
    const toStore = sink?.startsWith('s3:') ?? false;
    expect(notices).toHaveLength(port === componentPort ? 0 : 1);
    expect(puller?.modelDir).toBe(wordAfter('--model-dir', args));
    expect(puller?.modelsFile).toBe(
      args.includes('--enable-puller') ? `${wordAfter('--config-dir', args)}/models.json` : undefined,
    );

    const url = sink === undefined || toStore ? sink : new URL(sink).href;
    const sinkKind = toStore ? 'store' : 'http';
    expect(logger?.sinks).toEqual(url === undefined ? undefined : [{ kind: sinkKind, url, label: url }]);
    expect(logger?.attributes.source).toBe(wordAfter('--source-uri', args));
    expect(logger?.delivery.tls.caRequired ?? false).toBe(args.includes('--logger-ca-cert-file'));

    expect(concurrency).toBeNull();
    expect(log.level).toBe('info');
    expect(drain).toEqual(
      env.QUEUE_SERVING_PORT
        ? { minWaitMs: 0, quietPeriodMs: 30_000, maxWaitMs: 300_000 }
        : { minWaitMs: 5_000, quietPeriodMs: 2_000, maxWaitMs: 25_000 },
    );
  });

  it("two of them probe another port than the runtime's: one notice names both ports", () => {
    const named = cases.flatMap((container) =>
      readContainer(container).notices.filter((notice) => notice.includes('port')),
    );
    expect(named).toEqual([expect.stringMatching(/\b8080\b.*\b8000\b/), expect.stringMatching(/\b8080\b.*\b8081\b/)]);
  });
});
