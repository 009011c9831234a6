// `outrigger dev`: try it in one command, before a runtime of yours (--upstream) or one of its own with a small real model.
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Config } from '../config/slices.ts';
import { type EventSink, startEventSink } from '../dev/event-sink.ts';
import { exampleCurl, exampleModelDir } from '../dev/example.ts';
import { openWorkbench, type Workbench } from '../dev/workbench.ts';
import { Disposal } from '../disposal.ts';
import { aimAt, readDevConfig } from './dev-config.ts';
import type { Greeting } from './dev-greeting.ts';
import { nothingShown, runDev, type Shown } from './dev-run.ts';

const LOOPBACK = '127.0.0.1';

/** @throws ConfigError; OutriggerError PORT_UNAVAILABLE, or CONFIG_INVALID when onnxruntime-node is wanted and not there */
export async function dev(argv: readonly string[]): Promise<number> {
  const told = readDevConfig(argv, process.env); // everything that is wrong is said before anything starts
  const opened = new Disposal();
  try {
    const sink = told.config.logger === null ? opened.use(await startEventSink({ host: LOOPBACK, port: 0 })) : null;
    const { models } = told;
    const brings = told.config.puller !== null && (told.runtime === null || models.length > 0);
    const workbench = brings ? opened.use(await openWorkbench({ host: LOOPBACK, models })) : null;
    const { config, runtime } = readDevConfig(argv, process.env, { sinkUrl: sink?.url ?? null, folders: workbench });
    const names = models.map(({ name }) => name);
    if (runtime === null) return await devWithRuntime(config, { sink, workbench, models: names });
    const { host, port } = runtime;
    const shown = { ...nothingShown, sink, models: names, workbench: namedOf(config, workbench) };
    return await runDev(aimAt(config, runtime, { kind: 'tcpSocket', host, port }), shown);
  } finally {
    await opened[Symbol.asyncDispose]();
  }
}

interface Props {
  readonly sink: EventSink | null;
  readonly workbench: Workbench | null;
  /** Of --model. */
  readonly models: readonly string[];
}

async function devWithRuntime(config: Config, props: Props): Promise<number> {
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
    return await runDev(aimAt(config, address, check), shownOf(config, props));
  } finally {
    await opened[Symbol.asyncDispose]();
  }
}

function shownOf(config: Config, { sink, workbench, models }: Props): Shown {
  const shown = { embedded: true, sink, models, workbench: namedOf(config, workbench) };
  const isDigits = models.length === 0 && (config.puller === null || workbench === null || shown.workbench !== null);
  return { ...shown, exampleOf: isDigits ? exampleCurl : null };
}

/** Null with another --config-dir: the models are the user's own. */
function namedOf({ puller }: Config, workbench: Workbench | null): Greeting['workbench'] {
  if (puller === null || workbench === null || dirname(puller.modelsFile) !== workbench.configDir) return null;
  return { modelsFile: puller.modelsFile, storedModel: workbench.storedModel };
}
