// The composition root: opens every part around a listener that is bound already. Start order is reading order.
import type { Config } from './config/slices.ts';
import { Disposal } from './disposal.ts';
import type { OutriggerError } from './errors.ts';
import { hostAndPort } from './http/authority.ts';
import type { Handler } from './http/exchange.ts';
import type { Inspector } from './inspection.ts';
import { noLanes } from './lane-report.ts';
import { type Lanes, openLanes } from './lanes/open-lanes.ts';
import type { Log } from './log.ts';
import type { Logger } from './logger/open-logger.ts';
import type { Metrics } from './metrics.ts';
import { openOps } from './ops/open-ops.ts';
import type { StatusSource } from './ops/status.ts';
import { buildPipeline, type Pipeline } from './pipeline.ts';
import type { Models } from './puller/open-models.ts';
import type { Puller } from './puller/puller.ts';
import { openReadiness, type Readiness } from './readiness/readiness.ts';
import { withModels } from './readiness/with-models.ts';
import { denyApis, refuseApis } from './server/denied-apis.ts';
import { Drain } from './server/drain.ts';
import { openNodeFront } from './server/front.ts';
import { openHttp1Server } from './server/http1.ts';
import { lateHttp2Server } from './server/late-server.ts';
import type { Listener } from './server/listener.ts';
import { openProbes } from './server/probes.ts';
import { BufferCollector } from './upstream/buffer-collector.ts';
import { lateHttp1Upstream, lateHttp2Upstream } from './upstream/late-upstream.ts';
import { Reachability } from './upstream/reachability.ts';
import { version } from './version.ts';

export interface AgentParts {
  readonly config: Config;
  readonly listener: Listener;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Sees every exchange and shows it at the operator's port; absent: nobody looks. */
  readonly inspector?: Inspector | undefined;
}

export interface Agent extends AsyncDisposable {
  readonly port: number;
  /** Of the operator's port; null when it is off or could not be had. */
  readonly opsPort: number | null;
  /** Resolves when the agent cannot do what it is for; it serves on until its owner ends it. */
  readonly gaveUp: Promise<OutriggerError>;
  /** From SIGTERM to the last answer. Resolves with the number of exchanges that had to be cut: 0 = none was lost. */
  drain(): Promise<number>;
  /** A further signal: no more waiting for Kubernetes. The next one cuts what is in flight, events too. */
  hurry(): void;
}

/** Events that wait get so long to be delivered, also when requests took all the time of the drain. */
const leastFlushMs = 500;
/** Requests that the log names when they are cut; the count has them all. */
const maxNamedCuts = 20;

/** When a part cannot be opened, those before it are closed again; the listener stays its owner's. */
export async function startAgent(parts: AgentParts): Promise<Agent> {
  const disposal = new Disposal();
  try {
    return await openParts(parts, disposal);
  } catch (error) {
    await disposal[Symbol.asyncDispose]();
    throw error;
  }
}

async function openParts(parts: AgentParts, disposal: Disposal): Promise<Agent> {
  const { config, listener, log, metrics, inspector } = parts;
  const reachability = new Reachability();
  const drain = new Drain(config.drain);
  const { promise: gaveUp, resolve: giveUp } = Promise.withResolvers<OutriggerError>();
  const logger = await openPayloadLogging(parts, disposal);
  const models = await openPuller(parts, giveUp);
  const lanes = config.lanes === null ? null : await openLanes(config, { log, inspected: inspector !== undefined });
  const { handle: handler, batcher } = openRequestPath(parts, { reachability, disposal, logger, models, lanes });
  const probes = disposal.use(
    openReadiness({ config: config.readiness, componentPort: config.upstream.port, metrics }),
  );
  const readiness = models === null ? probes : withModels({ runtime: probes, models: models.puller, metrics });
  serve(parts, { handler, readiness, drain, reachability, lanes });
  // Behind the open port: thousands of models take their time.
  if (models !== null) {
    reachability.onFailure(() => models.puller.doubtRuntime());
    disposal.use(models.puller).start(batcher);
  }

  const status = openStatus(config, { readiness, drain, batcher, logger, lanes, puller: models?.puller ?? null });
  const ops = disposal.use(await openOps(config.ops, { metrics, status, log, inspector }));
  const opsPort = ops?.port ?? null;
  announce({ config, listener, log }, opsPort);

  return {
    port: listener.port,
    opsPort,
    gaveUp,
    hurry() {
      if (drain.hurry()) logger?.cut();
    },
    async drain() {
      const endsMs = performance.now() + config.drain.maxWaitMs;
      batcher?.drain();
      const cut = await runDrain(drain, { listener, log, metrics });
      await logger?.drain(Math.max(leastFlushMs, endsMs - performance.now()));
      return cut;
    },
    async [Symbol.asyncDispose]() {
      await listener[Symbol.asyncDispose]();
      await disposal[Symbol.asyncDispose]();
    },
  };
}

function openRequestPath(
  { config, log, metrics, inspector }: AgentParts,
  { reachability, disposal, logger, models, lanes }: RequestPathParts,
): Pipeline {
  const upstreamParts = { config: config.upstream, metrics, reachability, buffers: new BufferCollector() };
  const http1 = disposal.use(lanes?.openHttp1Upstream(upstreamParts) ?? lateHttp1Upstream(upstreamParts));
  const http2 = disposal.use(lateHttp2Upstream(upstreamParts));
  const logPayloads = logger?.stage ?? null;
  return buildPipeline({
    ...{
      config,
      metrics,
      log,
      http1: http1.handle,
      http2: http2.handle,
      inspect: inspector?.stage ?? null,
      logPayloads,
    },
    denyApis: denyApis(deniedApis(config)),
    gateModels: models?.gate ?? null,
  });
}

function deniedApis({ denyApis: apis, puller }: Config) {
  return { apis, ownModels: puller?.ownModels === true };
}

interface RequestPathParts {
  readonly reachability: Reachability;
  readonly disposal: Disposal;
  readonly logger: Logger | null;
  readonly models: Models | null;
  readonly lanes: Lanes | null;
}

/** Loaded only by those who log. */
async function openPayloadLogging(parts: AgentParts, disposal: Disposal): Promise<Logger | null> {
  const { config, log, metrics, inspector } = parts;
  if (config.logger === null) return null;
  const { openLogger } = await import('./logger/open-logger.ts');
  return disposal.use(
    await openLogger({ config: config.logger, metrics: metrics.logging, log, inspected: inspector !== undefined }),
  );
}

/** Loaded only by those who have models pulled. */
async function openPuller(
  { config, log, metrics }: AgentParts,
  giveUp: (error: OutriggerError) => void,
): Promise<Models | null> {
  if (config.puller === null) return null;
  const { openModels } = await import('./puller/open-models.ts');
  return openModels({ config: config.puller, metrics: metrics.models, log, giveUp });
}

interface Serving {
  readonly handler: Handler;
  readonly readiness: Pick<Readiness, 'check'>;
  readonly drain: Drain;
  readonly reachability: Reachability;
  readonly lanes: Lanes | null;
}

/** From here on the listener's connections are answered. */
function serve({ config, listener, log, metrics }: AgentParts, serving: Serving): void {
  const { handler, readiness, drain, reachability, lanes } = serving;
  const probes = openProbes({
    readiness,
    draining: () => drain.draining,
    countProbe: (kind) => metrics.probes(kind).add(),
  });
  const serverParts = {
    config: config.listener,
    upstream: config.upstream,
    handler,
    probes,
    drain,
    metrics,
    log,
    refuseApi: refuseApis(deniedApis(config)),
    connectFailure: (cause: Error) =>
      reachability.connectFailure(hostAndPort(config.upstream.host, config.upstream.port), cause),
  };
  const node = { http1: openHttp1Server(serverParts), http2: lateHttp2Server(serverParts) };
  const byNode = () =>
    openNodeFront({
      ...{ ...node, timeoutMs: config.listener.headersTimeoutMs },
      counted: (protocol) => metrics.lane(`${protocol}_node`).add(),
    });
  listener.serve({ front: lanes?.openFront({ ...serverParts, reachability }, node) ?? byNode(), metrics });
}

function announce({ config, listener, log }: Omit<AgentParts, 'metrics'>, opsPort: number | null): void {
  for (const notice of config.notices) log.warn({}, notice);
  const { maxConnections, port } = listener;
  if (maxConnections < config.listener.maxConnections) {
    const message = `--max-connections: only ${maxConnections}, since no more files may be open (ulimit -n)`;
    log.info({ maxConnections }, message);
  }
  log.info({ port, opsPort, upstream: config.upstream.port, version }, 'serving');
}

async function runDrain(drain: Drain, { listener, log, metrics }: Omit<AgentParts, 'config'>): Promise<number> {
  metrics.draining.set(1);
  log.info({ inFlight: drain.inFlight }, 'draining: health checks fail, requests are still served');
  const cut = await drain.run(listener);
  if (cut.length === 0) log.info({}, 'drained: every request was answered');
  else {
    const requests = cut.slice(0, maxNamedCuts);
    log.error({ cut: cut.length, requests }, `${cut.length} in flight had to be cut: --drain-max-wait was over`);
  }
  return cut.length;
}

interface StatusParts {
  readonly readiness: Pick<Readiness, 'look'>;
  readonly puller: Puller | null;
  readonly drain: Drain;
  readonly batcher: Pipeline['batcher'];
  readonly logger: Logger | null;
  readonly lanes: Lanes | null;
}

function openStatus(config: Config, { readiness, drain, batcher, logger, puller, lanes }: StatusParts): StatusSource {
  return {
    version,
    startedAtMs: Date.now(),
    config,
    readiness: () => readiness.look(),
    drainState: () => drain.state,
    batcherLimits: () => batcher?.limits() ?? [],
    logSinks: () => logger?.reports() ?? [],
    lanes: () => lanes?.report() ?? noLanes,
    models: puller,
  };
}
