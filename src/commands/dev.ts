// `outrigger dev`: try it in one command, before a runtime of yours (--upstream) or one of its own with a small real model.
import type { Config } from '../config/slices.ts';
import { type Example, exampleCurl, exampleModelDir } from '../dev/example.ts';
import { OutriggerError } from '../errors.ts';
import { aimAt, readDevConfig } from './dev-config.ts';
import { renderGreeting, urlOf } from './dev-greeting.ts';
import { runAgent } from './serve.ts';

const LOOPBACK = '127.0.0.1';

/** @throws ConfigError; OutriggerError PORT_UNAVAILABLE, or CONFIG_INVALID when onnxruntime-node is wanted and not there */
export async function dev(argv: readonly string[]): Promise<number> {
  const { config, runtime } = readDevConfig(argv, process.env);
  if (runtime === null) return devWithRuntime(config);
  const { host, port } = runtime;
  return runDev(aimAt(config, runtime, { kind: 'tcpSocket', host, port }), null);
}

async function devWithRuntime(config: Config): Promise<number> {
  // Since 1.29 ONNX Runtime reports its use to its makers and leaves an identifier in the home folder unless this is set first.
  process.env.ORT_DISABLE_TELEMETRY = '1';
  const { startOnnxRuntime } = await import('../dev/onnx-runtime.ts');
  const { openLog } = await import('../process-log.ts');
  const level = config.log.level === 'info' ? 'warn' : config.log.level; // that the model was loaded is said below
  const log = await openLog({ ...config.log, level });
  const runtime = await startOnnxRuntime({ host: LOOPBACK, port: 0, modelDir: exampleModelDir, log });
  try {
    const address = { host: LOOPBACK, port: runtime.port, grpcHost: LOOPBACK, grpcPort: runtime.port };
    const [path, scheme, headers] = ['/v2/health/ready', 'http', []] as const;
    const check = { kind: 'httpGet', host: LOOPBACK, port: runtime.port, path, scheme, headers } as const;
    return await runDev(aimAt(config, address, check), exampleCurl);
  } finally {
    await runtime[Symbol.asyncDispose]();
    await log[Symbol.asyncDispose]();
  }
}

async function runDev(config: Config, exampleOf: ((url: string) => Example) | null): Promise<number> {
  try {
    return await runAgent(config, {
      started({ port, opsPort }) {
        const agentUrl = urlOf(config.listener.host, port);
        const greeting = renderGreeting({
          agentUrl,
          opsUrl: config.ops === null || opsPort === null ? null : urlOf(config.ops.host, opsPort),
          runtimeUrl: urlOf(config.upstream.host, config.upstream.port),
          example: exampleOf === null ? null : exampleOf(agentUrl),
          env: process.env,
        });
        process.stdout.write(greeting);
      },
    });
  } catch (cause) {
    const inUse = cause instanceof OutriggerError && (cause.cause as NodeJS.ErrnoException)?.code === 'EADDRINUSE';
    if (!inUse) throw cause;
    throw new OutriggerError('PORT_UNAVAILABLE', `${cause.message}; --port 0 takes a free one`, { cause });
  }
}
