// `outrigger dev`: try it in one command, before a runtime of yours (--upstream) or one of its own with a small real model.
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Agent } from '../agent.ts';
import type { Config } from '../config/slices.ts';
import { startEventSink } from '../dev/event-sink.ts';
import { type Example, exampleCurl, exampleModelDir } from '../dev/example.ts';
import { openWorkbench, type Workbench } from '../dev/workbench.ts';
import { Disposal } from '../disposal.ts';
import { OutriggerError } from '../errors.ts';
import { aimAt, readDevConfig } from './dev-config.ts';
import { renderGreeting, urlOf } from './dev-greeting.ts';
import { untilReady } from './dev-ready.ts';
import { runAgent } from './serve.ts';

const LOOPBACK = '127.0.0.1';

/** Longest wait for the model before the greeting. */
const maxReadyMs = 10_000;

/** @throws ConfigError; OutriggerError PORT_UNAVAILABLE, or CONFIG_INVALID when onnxruntime-node is wanted and not there */
export async function dev(argv: readonly string[]): Promise<number> {
  const told = readDevConfig(argv, process.env); // everything that is wrong is said before anything starts
  const opened = new Disposal();
  try {
    const sink = told.config.logger === null ? opened.use(await startEventSink({ host: LOOPBACK, port: 0 })) : null;
    const brings = told.runtime === null && told.config.puller !== null;
    const workbench = brings ? opened.use(await openWorkbench({ host: LOOPBACK })) : null;
    const sinkUrl = sink?.url ?? null;
    const { config, runtime } = readDevConfig(argv, process.env, { sinkUrl, folders: workbench });
    if (runtime === null) return await devWithRuntime(config, { sinkUrl, workbench });
    const { host, port } = runtime;
    return await runDev(aimAt(config, runtime, { kind: 'tcpSocket', host, port }), { ...nothingShown, sinkUrl });
  } finally {
    await opened[Symbol.asyncDispose]();
  }
}

interface Props {
  readonly sinkUrl: string | null;
  readonly workbench: Workbench | null;
}

async function devWithRuntime(config: Config, { sinkUrl, workbench }: Props): Promise<number> {
  // Since 1.29 ONNX Runtime reports its use to its makers and leaves an identifier in the home folder unless this is set first.
  process.env.ORT_DISABLE_TELEMETRY = '1';
  const { startOnnxRuntime } = await import('../dev/onnx-runtime.ts');
  const { openLog } = await import('../process-log.ts');
  const level = config.log.level === 'info' ? 'warn' : config.log.level; // that the model was loaded is said below
  const opened = new Disposal();
  try {
    const log = opened.use(await openLog({ ...config.log, level }));
    const modelDir = config.puller?.modelDir ?? exampleModelDir;
    await mkdir(modelDir, { recursive: true }); // the runtime may be there before the first model is
    const runtime = opened.use(await startOnnxRuntime({ host: LOOPBACK, port: 0, modelDir, log }));
    const address = { host: LOOPBACK, port: runtime.port, grpcHost: LOOPBACK, grpcPort: runtime.port };
    const [path, scheme, headers] = ['/v2/health/ready', 'http', []] as const;
    const check = { kind: 'httpGet', host: LOOPBACK, port: runtime.port, path, scheme, headers } as const;
    return await runDev(aimAt(config, address, check), shownOf(config, { sinkUrl, workbench }));
  } finally {
    await opened[Symbol.asyncDispose]();
  }
}

interface Shown {
  /** Null: a runtime of the user's own, or its models are. */
  readonly exampleOf: ((url: string) => Example) | null;
  readonly embedded: boolean;
  /** Of the embedded sink; null: events go to one of the user's, or nowhere. */
  readonly sinkUrl: string | null;
  /** What may be changed to see models come and go. */
  readonly workbench: { readonly modelsFile: string; readonly storedModel: string } | null;
}

const nothingShown = { exampleOf: null, embedded: false, workbench: null } as const;

function shownOf({ puller }: Config, { sinkUrl, workbench }: Props): Shown {
  if (puller === null || workbench === null) {
    return { exampleOf: exampleCurl, embedded: true, sinkUrl, workbench: null };
  }
  const { modelsFile } = puller;
  // With another --config-dir the models are the user's own.
  if (dirname(modelsFile) !== workbench.configDir) return { ...nothingShown, embedded: true, sinkUrl };
  const { storedModel } = workbench;
  return { exampleOf: exampleCurl, embedded: true, sinkUrl, workbench: { modelsFile, storedModel } };
}

async function runDev(config: Config, shown: Shown): Promise<number> {
  try {
    return await runAgent(config, { endsWithTerminal: true, started: (agent) => void greet(config, { agent, shown }) });
  } catch (cause) {
    const inUse = cause instanceof OutriggerError && (cause.cause as NodeJS.ErrnoException)?.code === 'EADDRINUSE';
    if (!inUse) throw cause;
    throw new OutriggerError('PORT_UNAVAILABLE', `${cause.message}; --port 0 takes a free one`, { cause });
  }
}

interface Served {
  readonly agent: Pick<Agent, 'port' | 'opsPort'>;
  readonly shown: Shown;
}

async function greet(config: Config, { agent: { port, opsPort }, shown }: Served): Promise<void> {
  const { exampleOf, embedded, sinkUrl, workbench } = shown;
  const agentUrl = urlOf(config.listener.host, port);
  // The line to paste shall work. Somebody else's models may take any time.
  if (exampleOf !== null && (await untilReady(agentUrl, { maxMs: maxReadyMs })) === 'gone') return;
  const greeting = renderGreeting({
    agentUrl,
    opsUrl: config.ops === null || opsPort === null ? null : urlOf(config.ops.host, opsPort),
    runtimeUrl: urlOf(config.upstream.host, config.upstream.port),
    embedded,
    example: exampleOf === null ? null : exampleOf(agentUrl),
    workbench,
    sinkUrl: config.logger === null ? null : sinkUrl,
    env: process.env,
  });
  process.stdout.write(greeting);
}
