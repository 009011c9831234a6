// `outrigger dev`: try it in one command, before a runtime of yours (--upstream) or one of its own with a small real model.
import type { Config } from '../config/slices.ts';
import { startEventSink } from '../dev/event-sink.ts';
import { type Example, exampleCurl, exampleModelDir } from '../dev/example.ts';
import { OutriggerError } from '../errors.ts';
import { aimAt, type DevConfig, readDevConfig } from './dev-config.ts';
import { renderGreeting, urlOf } from './dev-greeting.ts';
import { runAgent } from './serve.ts';

const LOOPBACK = '127.0.0.1';

/** @throws ConfigError; OutriggerError PORT_UNAVAILABLE, or CONFIG_INVALID when onnxruntime-node is wanted and not there */
export async function dev(argv: readonly string[]): Promise<number> {
  const told = readDevConfig(argv, process.env); // everything that is wrong is said before anything starts
  if (told.config.logger !== null) return devWith(told, null);
  const sink = await startEventSink({ host: LOOPBACK, port: 0 });
  try {
    return await devWith(readDevConfig(argv, process.env, sink.url), sink.url);
  } finally {
    await sink[Symbol.asyncDispose]();
  }
}

function devWith({ config, runtime }: DevConfig, sinkUrl: string | null): Promise<number> {
  if (runtime === null) return devWithRuntime(config, sinkUrl);
  const { host, port } = runtime;
  return runDev(aimAt(config, runtime, { kind: 'tcpSocket', host, port }), { exampleOf: null, sinkUrl });
}

async function devWithRuntime(config: Config, sinkUrl: string | null): Promise<number> {
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
    return await runDev(aimAt(config, address, check), { exampleOf: exampleCurl, sinkUrl });
  } finally {
    await runtime[Symbol.asyncDispose]();
    await log[Symbol.asyncDispose]();
  }
}

interface Shown {
  /** Null: a runtime of the user's own. */
  readonly exampleOf: ((url: string) => Example) | null;
  /** Of the embedded sink; null: events go to one of the user's, or nowhere. */
  readonly sinkUrl: string | null;
}

async function runDev(config: Config, { exampleOf, sinkUrl }: Shown): Promise<number> {
  try {
    return await runAgent(config, {
      started({ port, opsPort }) {
        const agentUrl = urlOf(config.listener.host, port);
        const greeting = renderGreeting({
          agentUrl,
          opsUrl: config.ops === null || opsPort === null ? null : urlOf(config.ops.host, opsPort),
          runtimeUrl: urlOf(config.upstream.host, config.upstream.port),
          example: exampleOf === null ? null : exampleOf(agentUrl),
          sinkUrl: config.logger === null ? null : sinkUrl,
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
