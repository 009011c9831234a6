import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { environmentName } from '../../src/config/option.ts';
import { optionNames } from '../../src/config/options.ts';
import { readConfig } from '../../src/config/read.ts';
import { seed } from '../support/seed.ts';
import { problemsOf } from './problems-of.ts';

const knative = { QUEUE_SERVING_PORT: '8012', REVISION_TIMEOUT_SECONDS: '600' };

function read(argv: string[], env: Record<string, string> = {}) {
  return readConfig({ argv, env });
}

function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}

describe('the configuration', () => {
  it('with nothing given is complete, and nothing in it needs an operator', () => {
    const { effective, ...slices } = read([]);
    expect(slices).toEqual({
      lanes: { grpcForwarding: false },
      listener: {
        host: '',
        port: 9081,
        maxConnections: 10_000,
        maxHeaderBytes: 16_384,
        maxHeaderCount: 1_000,
        maxUrlBytes: 8_192,
        maxBodyBytes: null,
        headersTimeoutMs: 60_000,
        keepAliveTimeoutMs: 120_000,
      },
      upstream: {
        host: '127.0.0.1',
        port: 8080,
        grpcHost: '127.0.0.1',
        grpcPort: 8080,
        connectTimeoutMs: 5_000,
        idleTimeoutMs: 4_000,
        maxConnections: 1_024,
        requestTimeoutMs: null,
        retryStaleConnection: true,
      },
      concurrency: null,
      batcher: null,
      logger: null,
      puller: null,
      denyApis: [],
      readiness: {
        probes: [
          {
            check: { kind: 'tcpSocket', host: '127.0.0.1', port: 8080 },
            timeoutMs: 1_000,
            periodMs: 10_000,
            successThreshold: 1,
          },
        ],
        http2AutoDetection: false,
      },
      drain: { minWaitMs: 5_000, quietPeriodMs: 2_000, maxWaitMs: 25_000 },
      ops: { host: '', port: 9089 },
      log: { level: 'info', pretty: false },
      notices: [],
    });
    expect(Object.keys(effective)).toEqual(optionNames);
  });

  it('is frozen throughout', () => {
    expect(isDeeplyFrozen(read(['--enable-batcher', '--log-url=http://a', '--log-redact=$.a']))).toBe(true);
  });

  it('every problem is told at once, whatever it is about', () => {
    const argv = [
      'serve',
      '--prot=1',
      '--workers',
      '0',
      '--log-mode=some',
      '--component-port',
      '9081',
      '--max-latency',
    ];
    const env = { OUTRIGGER_MAX_BATCHSIZE: 'many', SERVING_READINESS_PROBE: '{' };
    const subjects = problemsOf({ argv, env }).map(
      (problem) => /^[^:]*(?=: expected)/.exec(problem)?.[0] ?? 'argument',
    );
    expect(subjects.toSorted()).toEqual(
      [
        '--component-port',
        '--log-mode',
        '--max-latency',
        '--prot',
        '--workers',
        'OUTRIGGER_MAX_BATCHSIZE',
        'SERVING_READINESS_PROBE',
        'argument',
      ].toSorted(),
    );
  });

  it('the gRPC port of the runtime is its only port unless another one is named', () => {
    expect(read(['--component-port', '8000']).upstream).toMatchObject({ port: 8000, grpcPort: 8000 });
    const two = read(['--component-port', '8000', '--component-grpc-port', '8001']);
    expect(two.upstream).toMatchObject({ port: 8000, grpcPort: 8001 });
  });

  it('a limit of 0 is null where 0 means off', () => {
    expect(read(['--max-body-bytes', '1']).listener.maxBodyBytes).toBe(1);
    expect(read(['--upstream-request-timeout', '1s']).upstream.requestTimeoutMs).toBe(1_000);
    expect(read(['--metrics-port', '0']).ops).toBeNull();
  });

  it('concurrency is the flag, else CONTAINER_CONCURRENCY, with ten times as many in the queue', () => {
    const CONTAINER_CONCURRENCY = '2';
    expect(read([], { CONTAINER_CONCURRENCY }).concurrency).toEqual({ maxInFlight: 2, maxQueued: 20 });
    expect(read(['--container-concurrency', '0'], { CONTAINER_CONCURRENCY }).concurrency).toBeNull();
    expect(read([], { CONTAINER_CONCURRENCY: '0' }).concurrency).toBeNull();
  });

  it('the batcher is null unless it is switched on, whatever else is said of it', () => {
    expect(read(['--max-batchsize=8', '--batch-policy=window']).batcher).toBeNull();
    expect(read(['--enable-batcher']).batcher).toEqual({
      maxRows: 32,
      maxLatencyMs: 5_000,
      policy: 'adaptive',
      response: 'runtime',
      keyHeaders: null,
      models: [],
      rerun: true,
      header: false,
      maxBodyBytes: 16_777_216,
      maxWaitingRows: 65_536,
      maxWaitingBytes: 268_435_456,
      maxKeys: 1_024,
    });
  });

  it('APIs of the runtime are denied each once, and only those that there are', () => {
    expect(read(['--deny-apis=shm,trace', '--deny-apis', 'shm']).denyApis).toEqual(['shm', 'trace']);
    expect(problemsOf({ argv: ['--deny-apis=shm,health'] })).toEqual([
      '--deny-apis: expected a comma separated list of repository, shm, trace, logging, got "shm,health"',
    ]);
  });

  it('what is wrong with stores is told once, though sinks and models share them', () => {
    const env = { AWS_ACCESS_KEY_ID: 'x' };
    const subjects = problemsOf({ argv: ['--enable-puller', '--log-url=s3://logs'], env });
    expect(subjects).toEqual([expect.stringMatching(/^AWS_SECRET_ACCESS_KEY: /)]);
  });

  it('headers of the batch key are compared in lower case, and one that is no name is a problem', () => {
    const { batcher } = read(['--enable-batcher', '--batcher-key-headers', 'X-Tenant, accept']);
    expect(batcher?.keyHeaders).toEqual(['x-tenant', 'accept']);
    expect(problemsOf({ argv: ['--batcher-key-headers=X-Tenant: a'] })).toEqual([
      expect.stringMatching(/^--batcher-key-headers: expected a comma separated list of header names/),
    ]);
  });

  it('what waits has room for one batch and one body, however small its bounds are', () => {
    const bounds = ['--batcher-max-waiting-rows=1', '--batcher-max-waiting-bytes=1', '--batcher-max-body-bytes=64'];
    const { batcher } = read(['--enable-batcher', '--max-batchsize=8', ...bounds]);
    expect(batcher).toMatchObject({ maxWaitingRows: 8, maxWaitingBytes: 64 });
  });

  it('drain has the measures of Knative behind queue-proxy, of Kubernetes elsewhere', () => {
    expect(read([], knative).drain).toEqual({ minWaitMs: 0, quietPeriodMs: 30_000, maxWaitMs: 600_000 });
    expect(read([], { QUEUE_SERVING_PORT: '8012' }).drain.maxWaitMs).toBe(300_000);
    expect(read([], { REVISION_TIMEOUT_SECONDS: '600' }).drain.maxWaitMs).toBe(25_000);
  });

  it('drain flags win, and a short maximum shortens the default minimum', () => {
    expect(read(['--drain-quiet-period=1s'], knative).drain).toMatchObject({
      quietPeriodMs: 1_000,
      maxWaitMs: 600_000,
    });
    expect(read(['--drain-max-wait=3s']).drain).toEqual({ minWaitMs: 3_000, quietPeriodMs: 2_000, maxWaitMs: 3_000 });
  });

  it('the log level is the flag, else what the platform says', () => {
    const env = { SERVING_LOGGING_LEVEL: 'error' };
    expect(read([], env).log.level).toBe('error');
    expect(read(['--log-level', 'trace'], env).log.level).toBe('trace');
  });

  it('the log is pretty at a terminal unless told otherwise', () => {
    expect(readConfig({ argv: [], env: {}, atTerminal: true }).log.pretty).toBe(true);
    expect(readConfig({ argv: ['--log-pretty=false'], env: {}, atTerminal: true }).log.pretty).toBe(false);
  });

  it('what /status shows holds no secret, neither does a problem', () => {
    const { effective } = read([
      '--log-url',
      'https://user:secret@sink/?sig=secret',
      '--source-uri',
      'http://secret@pod/',
    ]);
    expect(JSON.stringify(effective)).not.toContain('secret');
    const problems = problemsOf({ argv: ['--log-url', 'ftp://user:secret@sink/', '--hf-token', 'secret'] });
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain('secret');
  });

  it('no command line and no environment throws anything but a ConfigError', () => {
    const flag = fc.constantFrom(
      ...optionNames.map((name) => `--${name}`),
      '--',
      '-',
      '--no-such',
      '--help',
      '-h',
      '-x',
    );
    const value = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.integer().map(String),
      fc.webUrl(),
      fc.constantFrom('true', '5s', ''),
    );
    const word = fc.oneof(
      flag,
      value,
      fc.tuple(flag, value).map(([name, text]) => `${name}=${text}`),
    );
    const variable = fc.constantFrom(
      ...optionNames.map(environmentName),
      'CONTAINER_CONCURRENCY',
      'SERVING_READINESS_PROBE',
      'SERVING_LOGGING_CONFIG',
      'REVISION_TIMEOUT_SECONDS',
    );
    const source = fc.record({ argv: fc.array(word), env: fc.dictionary(variable, value) });
    fc.assert(
      fc.property(source, ({ argv, env }) => {
        for (const problem of problemsOf({ argv, env })) expect(problem).toContain('expected ');
      }),
      { seed, numRuns: 300 },
    );
  });

  it('no readiness probe throws anything but a ConfigError', () => {
    const anything = fc.oneof(fc.jsonValue(), fc.integer(), fc.string(), fc.constant(null));
    const handler = fc.record(
      { host: anything, port: anything, path: anything, scheme: anything, httpHeaders: anything, service: anything },
      { requiredKeys: [] },
    );
    const probe = fc.record(
      {
        httpGet: fc.oneof(handler, anything),
        tcpSocket: handler,
        grpc: handler,
        exec: anything,
        timeoutSeconds: anything,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(probe, fc.array(probe)), (written) => {
        for (const problem of problemsOf({ env: { SERVING_READINESS_PROBE: JSON.stringify(written) } })) {
          expect(problem).toMatch(/^SERVING_READINESS_PROBE.*: expected /);
        }
      }),
      { seed, numRuns: 300 },
    );
  });
});
