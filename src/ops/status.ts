// What the agent knows about itself, for /readyz and /status.
import type { Config } from '../config/slices.ts';
import { type LaneReport, noLanes } from '../lane-report.ts';
import { lanes, type Metrics } from '../metrics.ts';
import type { ModelsReport, ModelsSummary } from '../model-report.ts';
import { type BatcherLimits, type BatchingReport, reportBatching } from './batching-status.ts';
import { type LoggingReport, type LogSinkState, reportLogging } from './logging-status.ts';
import { reportTraffic, type TrafficReport } from './traffic-status.ts';

export interface Verdict {
  readonly ready: boolean;
  readonly reasons: readonly string[];
}

export interface StatusSource {
  readonly version: string;
  readonly startedAtMs: number; // epoch
  readonly config: Pick<Config, 'effective' | 'notices' | 'batcher' | 'logger'>;
  /** The runtime's probes; must not reject. */
  readiness(): Promise<Verdict>;
  /** `serving`, or a word for how far the drain is; anything but `serving` makes /readyz fail. */
  drainState(): string;
  /** Absent: node's servers carry everything. */
  lanes?(): LaneReport;
  /** What the runtime said about the models that were asked for; absent: nobody asks. */
  batcherLimits?(): readonly BatcherLimits[];
  /** Absent: nothing is logged. */
  logSinks?(): readonly LogSinkState[];
  /** Absent or null: no models are pulled. */
  readonly models?: ModelsSource | null;
}

interface ModelsSource {
  report(): ModelsReport;
  /** At a cost that thousands of models do not show. */
  summary(): ModelsSummary;
}

/** Within a version fields are added; none goes away or changes its meaning, unit or type. docs/status.schema.json has them all. */
const SCHEMA_VERSION = 1;

/** The body of /status. */
export interface StatusReport extends Omit<BriefReport, 'models'> {
  readonly models: ModelsReport | null; // null: none are pulled
  readonly notices: readonly string[]; // what was odd at start
  readonly config: Config['effective']; // every option as given or defaulted, secrets masked
}

/** The body of /status?brief: what changes, for those who ask once a second. */
export interface BriefReport {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  readonly version: string;
  readonly nodeVersion: string;
  readonly pid: number;
  readonly startedAt: string; // ISO 8601, UTC
  readonly uptimeSeconds: number;
  readonly readiness: Verdict;
  readonly drain: string; // as drainState()
  readonly traffic: TrafficReport;
  readonly requests: { readonly inFlight: number; readonly queued: number; readonly tunnels: number };
  readonly connections: { readonly http1: number; readonly http2: number }; // open, of clients
  readonly upstream: { readonly busy: number; readonly idle: number; readonly sessions: number }; // HTTP/1.1 connections, HTTP/2 sessions
  readonly lanes: LaneReport & { readonly connections: Readonly<Record<string, number>> }; // since start, of clients
  readonly batching: BatchingReport | null; // null: switched off
  readonly logging: LoggingReport | null; // null: switched off
  readonly models: ModelsSummary | null; // null: none are pulled
}

/** Ready to be sent requests: the runtime answers its probes, and the agent is not about to leave. */
export async function readReadiness(source: StatusSource): Promise<Verdict> {
  const leaving = readLeaving(source);
  if (leaving !== null) return leaving; // at once: the runtime's probe may take 10 s, and SIGTERM may have stopped it too
  const runtime = await source.readiness();
  return readLeaving(source) ?? { ready: runtime.ready, reasons: runtime.reasons }; // SIGTERM may have come meanwhile
}

function readLeaving(source: StatusSource): Verdict | null {
  const drain = source.drainState();
  return drain === 'serving' ? null : { ready: false, reasons: [`shutting down: ${drain}`] };
}

export async function readStatus(source: StatusSource, metrics: Metrics): Promise<StatusReport> {
  const { notices, effective } = source.config;
  return {
    ...(await readBriefStatus(source, metrics)),
    models: source.models?.report() ?? null,
    notices,
    config: effective,
  };
}

export async function readBriefStatus(source: StatusSource, metrics: Metrics): Promise<BriefReport> {
  const readiness = await readReadiness(source);
  const { inFlight, queued, tunnels, upstreamConnections, upstreamSessions } = metrics;
  const laneReport = source.lanes?.() ?? noLanes;
  return {
    schemaVersion: SCHEMA_VERSION,
    version: source.version,
    nodeVersion: process.version,
    pid: process.pid,
    startedAt: new Date(source.startedAtMs).toISOString(),
    uptimeSeconds: Math.round((Date.now() - source.startedAtMs) / 1000),
    readiness,
    drain: source.drainState(),
    traffic: reportTraffic(metrics, { relays: laneReport.grpc === 'relay' }),
    requests: { inFlight: inFlight.value, queued: queued.value, tunnels: tunnels.value },
    connections: { http1: metrics.connections('http1').value, http2: metrics.connections('http2').value },
    upstream: {
      busy: upstreamConnections.busy.value,
      idle: upstreamConnections.idle.value,
      sessions: upstreamSessions.value,
    },
    lanes: {
      ...laneReport,
      connections: Object.fromEntries(lanes.map((lane) => [lane, metrics.lane(lane).value])),
    },
    batching: reportBatching(source.config.batcher, {
      metrics: metrics.batching,
      refused: metrics.batchRefused,
      limits: source.batcherLimits?.() ?? [],
    }),
    logging: reportLogging(source.config.logger, { metrics: metrics.logging, sinks: source.logSinks?.() ?? [] }),
    models: source.models?.summary() ?? null,
  };
}
