// Is the runtime there, what does it speak, is it ready, and does it take the orders of models.json?
import type { Config } from '../config/slices.ts';
import { openRuntime } from '../puller/runtime/open-runtime.ts';
import { openReadiness } from '../readiness/readiness.ts';
import { probeTarget } from '../readiness/target.ts';
import { type Check, type Finding, note, ok, problem } from './finding.ts';
import { findRuntimeElsewhere } from './runtime-elsewhere.ts';
import { checkModels } from './runtime-models.ts';
import { RuntimeTalk } from './runtime-talk.ts';
import { judgeGrpc, judgeRest, restProtocolOf } from './runtime-words.ts';

const group = 'Runtime';

/** `callMs`: how long one question to the runtime may take. */
export function runtimeChecks(config: Config, callMs = 3000): readonly Check[] {
  const talk = new RuntimeTalk(config.upstream, callMs);
  return [
    { group, subject: 'the runtime', run: () => checkProtocols(config, talk) },
    { group, subject: 'the readiness probe', run: () => checkReadiness(config, talk) },
    { group, subject: 'the models of the runtime', run: () => checkModels(config.batcher, talk) },
    { group, subject: "the runtime's API for models", run: (signal) => checkOrders(config, { talk, signal }) },
  ];
}

async function checkProtocols(config: Config, talk: RuntimeTalk): Promise<readonly Finding[]> {
  const { upstream } = config;
  const introduction = await talk.introduce();
  const needsRest = config.batcher !== null || config.puller !== null;
  const rest = judgeRest(introduction, { upstream, needsRest });
  if (restProtocolOf(introduction) !== null) return [...rest, judgeGrpc(introduction, upstream)];
  const elsewhere = await findRuntimeElsewhere(upstream.port);
  const isSame = upstream.port === upstream.grpcPort;
  return [...rest, ...elsewhere, ...(isSame ? [] : [judgeGrpc(introduction, upstream)])];
}

async function checkReadiness({ readiness: config, upstream }: Config, talk: RuntimeTalk): Promise<readonly Finding[]> {
  await talk.introduce(); // its connections at once fill a short listen queue (Python's has 5), and the probe's would be late
  await using readiness = openReadiness({ config, componentPort: upstream.port });
  const { ready, reasons } = await readiness.look();
  if (ready) return config.probes.map(({ check }) => ok(`the readiness probe passes: ${probeTarget(check)}`));
  const remedy = 'the pod gets no traffic until it passes: SERVING_READINESS_PROBE says what is asked, else the port';
  return reasons.map((reason) => problem(`the readiness probe fails: ${reason}`, remedy));
}

/** No model has this name: its unload does nothing, but a runtime that takes no orders says so. */
const noModel = 'outrigger-doctor-asks';

async function checkOrders(
  { puller }: Config,
  { talk, signal }: { talk: RuntimeTalk; signal: AbortSignal },
): Promise<readonly Finding[]> {
  if (puller === null || puller.runtime.kind === 'none') return [];
  const { kind, host, port, managementPort } = puller.runtime;
  const isSame = port === managementPort;
  if (isSame && restProtocolOf(await talk.introduce()) === null) return []; // told already
  const place = `${host}:${managementPort}`;
  await using runtime = openRuntime(puller.runtime, puller.modelDir);
  if (!(await runtime.isUp(signal))) {
    return [problem(`nobody takes orders for models at ${place}`, 'is --runtime-management-port right?')];
  }
  const serving = await runtime.serving(signal);
  if (kind === 'v2') await runtime.unload(noModel, signal);
  if (serving !== null) return [ok(`${place} takes orders for models (${kind}); it serves ${serving.size}`)];
  const remedy = kind === 'v2' ? 'has it the V2 repository API? If not: --runtime-api' : null;
  return [note(`${place} does not tell which models it serves (${kind})`, remedy)];
}
