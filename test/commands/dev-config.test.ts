import { describe, expect, it } from 'vitest';
import { aimAt, readDevConfig } from '../../src/commands/dev-config.ts';
import { ConfigError } from '../../src/config/config-error.ts';

function problemsOf(...argv: string[]): readonly string[] {
  try {
    readDevConfig(argv, {});
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

function runtimeOf(...argv: string[]) {
  return readDevConfig(argv, {}).runtime;
}

describe('a flag that is nearly one of dev', () => {
  it.each([
    ['--upstraem', '--upstream'],
    ['--upstream-grcp', '--upstream-grpc'],
    ['--modle', '--model'],
  ])('%s: %s was meant, and its value is nobody else’s', (given, meant) => {
    const problem = `${given}: expected a known flag, got "${given}"; did you mean ${meant}?`;
    expect(problemsOf(given, 'x')).toEqual([problem]);
    expect(problemsOf(`${given}=x`)).toEqual([problem]);
  });

  it('is the agent’s when that is nearer', () => {
    expect(problemsOf('--model-dri', 'x').join()).toContain('did you mean --model-dir?');
  });
});

describe('--upstream', () => {
  it('is absent when dev is to bring a runtime of its own', () => {
    expect(runtimeOf()).toBe(null);
  });

  it.each([
    ['http://127.0.0.1:8000', '127.0.0.1', 8000],
    ['http://127.0.0.1:8000/', '127.0.0.1', 8000],
    ['http://triton', 'triton', 80],
    ['localhost:8000', 'localhost', 8000],
    ['http://[::1]:8000', '::1', 8000],
    ['8000', '127.0.0.1', 8000],
    [':8000', '127.0.0.1', 8000],
  ])('%s is where REST and gRPC are', (text, host, port) => {
    const address = { host, port, grpcHost: host, grpcPort: port };
    expect(runtimeOf('--upstream', text)).toEqual(address);
    expect(runtimeOf(`--upstream=${text}`)).toEqual(address);
  });

  it('leaves gRPC to --upstream-grpc when that is given', () => {
    const address = { host: '127.0.0.1', port: 8000, grpcHost: '127.0.0.1', grpcPort: 8001 };
    expect(runtimeOf('--upstream-grpc', '8001', '--upstream', '8000')).toEqual(address);
  });

  it.each(['', 'https://h', 'http://h/v2', 'http://h/?q', 'http://u@h', 'unix:/x', 'a b', '0', '65536', 'ftp://h'])(
    '%j is a problem',
    (text) => {
      expect(problemsOf(`--upstream=${text}`)).toEqual([
        expect.stringMatching(/^--upstream: expected a URL .*, got "/),
      ]);
    },
  );

  it('shows no password of a URL that it refuses', () => {
    expect(problemsOf('--upstream', 'http://me:geheim@h:1').join()).not.toContain('geheim');
  });

  it('takes no flag for its value', () => {
    expect(problemsOf('--upstream', '--port', '0')).toEqual([expect.stringContaining('--upstream: ')]);
  });

  it('is wanted beside --upstream-grpc', () => {
    expect(problemsOf('--upstream-grpc', '8001')).toEqual([expect.stringContaining('--upstream-grpc: ')]);
  });

  it.each([
    ['--upstream', '9081'],
    ['--upstream', 'localhost:7', '--port', '7'],
    ['--upstream', '8000', '--upstream-grpc', '9081'],
  ])('must not be the agent itself: %s %s %s %s', (...argv) => {
    expect(problemsOf(...argv)).toEqual([expect.stringMatching(/^--upstream: expected another port/)]);
  });

  it('may have the number of our own port on another machine', () => {
    expect(problemsOf('--upstream', 'http://gpu:9081')).toEqual([]);
  });
});

describe('the flags of the agent with dev', () => {
  it('are read with it, and all problems of both come at once', () => {
    const problems = problemsOf('--upstream', 'ftp://h', '--prot', '1', '--metrics-port=x', '--component-port', '8000');
    expect(problems.map((problem) => problem.split(':', 1)[0])).toEqual([
      '--upstream',
      '--component-port',
      '--prot',
      '--metrics-port',
    ]);
  });

  it('serve this machine only and stop at once, unless flags or variables say otherwise', () => {
    const { listener, drain, ops, log } = readDevConfig([], {}).config;
    expect([listener.host, ops?.host, log.pretty, log.level]).toEqual(['127.0.0.1', '127.0.0.1', true, 'info']);
    expect(drain).toEqual({ minWaitMs: 0, quietPeriodMs: 0, maxWaitMs: 5000 });
    expect(readDevConfig(['--host', '0.0.0.0'], {}).config.listener.host).toBe('0.0.0.0');
    expect(readDevConfig([], { OUTRIGGER_HOST: '0.0.0.0' }).config.listener.host).toBe('0.0.0.0');
  });

  it('batch, so that there is something to see, unless flags or variables say otherwise', () => {
    expect(readDevConfig([], {}).config.batcher).toMatchObject({ maxRows: 32, policy: 'adaptive' });
    expect(readDevConfig(['--enable-batcher=false'], {}).config.batcher).toBeNull();
    expect(readDevConfig([], { OUTRIGGER_ENABLE_BATCHER: 'false' }).config.batcher).toBeNull();
  });

  it('pull the model of the runtime that dev brings, and look often whether it changed', () => {
    const folders = { configDir: '/w/config', modelDir: '/w/models' };
    const { puller } = readDevConfig([], {}, { folders }).config;
    expect(puller).toMatchObject({ modelsFile: '/w/config/models.json', modelDir: '/w/models', refreshMs: 1000 });
    expect(readDevConfig(['--enable-puller=false'], {}, { folders }).config.puller).toBeNull();
    const own = readDevConfig(['--config-dir=/mine'], { OUTRIGGER_MODEL_DIR: '/mine/models' }, { folders }).config
      .puller;
    expect(own).toMatchObject({ modelsFile: '/mine/models.json', modelDir: '/mine/models' });
  });

  it("pull nothing for a runtime of the user's own, unless they say so", () => {
    const upstream = ['--upstream', '8000'];
    expect(readDevConfig(upstream, {}).config.puller).toBeNull();
    expect(readDevConfig([...upstream, '--enable-puller'], {}).config.puller).toMatchObject({
      modelsFile: '/mnt/configs/models.json',
      refreshMs: null,
    });
  });

  it('log to the sink that dev brings', () => {
    const brought = { sinkUrl: 'http://127.0.0.1:7/' };
    expect(readDevConfig([], {}, brought).config.logger?.sinks).toMatchObject([{ url: brought.sinkUrl }]);
    expect(readDevConfig(['--log-url=http://a/'], {}, brought).config.logger?.sinks).toMatchObject([
      { url: 'http://a/' },
    ]);
  });

  it("may take the port that is a runtime's by default", () => {
    expect(problemsOf('--port', '8080')).toEqual([]);
    expect(problemsOf('--metrics-port', '8080')).toEqual([]);
  });

  it('are not disturbed by a shell that has the variables of Knative and others', () => {
    const env = {
      SERVING_READINESS_PROBE: '{',
      QUEUE_SERVING_PORT: '8012',
      CONTAINER_CONCURRENCY: '1',
      SERVING_LOGGING_LEVEL: 'error',
      OUTRIGGER_COMPONENT_PORT: '9081',
      OUTRIGGER_PORT: '',
      PORT: '1',
    };
    const { config } = readDevConfig([], env);
    expect(config).toMatchObject({ listener: { port: 9081 }, concurrency: null, log: { level: 'info' }, notices: [] });
  });
});

it('the runtime that was named is asked for answers, for readiness, and shown by /status', () => {
  const { config } = readDevConfig([], {});
  const check = { kind: 'tcpSocket', host: 'h', port: 1 } as const;
  const aimed = aimAt(config, { host: 'h', port: 1, grpcHost: 'g', grpcPort: 2 }, check);
  expect(aimed).toMatchObject({
    upstream: { host: 'h', port: 1, grpcHost: 'g', grpcPort: 2 },
    readiness: { probes: [{ check }] },
    effective: { 'component-port': 1, 'component-grpc-port': 2 },
  });
});

it.each([
  ['', 1],
  ['--runtime-api=torchserve', 8081],
  ['--runtime-management-port=7', 7],
])('the runtime that was named is told of models there too: %s', (flag, managementPort) => {
  const { config } = readDevConfig(['--enable-puller', ...(flag === '' ? [] : [flag])], {});
  const check = { kind: 'tcpSocket', host: 'h', port: 1 } as const;
  const { puller } = aimAt(config, { host: 'h', port: 1, grpcHost: 'g', grpcPort: 2 }, check);
  expect(puller?.runtime).toMatchObject({ host: 'h', port: 1, managementPort });
});
