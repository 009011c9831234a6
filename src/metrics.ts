// Every metric: name, unit, labels, help; and the one call that the request path makes for each exchange.
import { type ErrorCode, errorCodes } from './errors.ts';
import {
  Counter,
  type CounterCell,
  Gauge,
  type GaugeCell,
  Histogram,
  type HistogramCell,
  type Instrument,
} from './instruments.ts';
import { RequestCounter } from './request-counter.ts';

export type Protocol = 'http1' | 'http2' | 'grpc';
/** kubelet: `kube-probe/` without Knative's header; queue and network: the values that K-Network-Probe asks for. */
export type ProbeKind = 'kubelet' | 'queue' | 'network';

export interface ExchangeRecord {
  readonly protocol: Protocol;
  readonly method: string;
  /** As received, query included. */
  readonly path: string;
  /** What the client saw; 499 when it went away first. */
  readonly status: number;
  /** From the end of the request's head to the last byte of the answer. */
  readonly totalMs: number;
  readonly requestBytes: number; // body only
  readonly responseBytes: number;
}

export interface MetricsOptions {
  readonly version?: string;
  /** Distinct model labels; further models count as "other". Default 100. */
  readonly maxModels?: number;
}

// From the agent's own share (tens of microseconds show as the first bucket) to long generations.
const LATENCY_BUCKETS_S = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
];
const LAG_BUCKETS_S = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

type ByProtocol<Cell> = Readonly<Record<Protocol, Cell>>;

function byProtocol<Cell>(cellOf: (protocol: Protocol) => Cell): ByProtocol<Cell> {
  return { http1: cellOf('http1'), http2: cellOf('http2'), grpc: cellOf('grpc') };
}

function declareRequests(maxModels: number) {
  return {
    requests: new RequestCounter(maxModels),
    inFlight: new Gauge({
      name: 'outrigger_requests_in_flight',
      help: 'Requests received and not yet answered to the end.',
    }),
    requestSeconds: new Histogram({
      name: 'outrigger_request_duration_seconds',
      help: "From a request's head to the last byte of its answer.",
      labels: ['protocol'],
      buckets: LATENCY_BUCKETS_S,
    }),
    upstreamSeconds: new Histogram({
      name: 'outrigger_upstream_duration_seconds',
      help: "The runtime's part of the request duration; the difference of the sums is the agent's own share.",
      labels: ['protocol'],
      buckets: LATENCY_BUCKETS_S,
    }),
    bytes: new Counter({
      name: 'outrigger_body_bytes_total',
      help: 'Bytes of request and response bodies passed on.',
      labels: ['protocol', 'direction'],
    }),
    errors: new Counter({ name: 'outrigger_errors_total', help: 'Faults by error code.', labels: ['code'] }),
    refusals: new Counter({
      name: 'outrigger_refusals_total',
      help: 'What was turned away because a bound was reached: connections, or requests by a full queue.',
      labels: ['reason'],
    }),
    queued: new Gauge({ name: 'outrigger_requests_queued', help: 'Requests that wait for container concurrency.' }),
    probes: new Counter({
      name: 'outrigger_probes_total',
      help: 'Health checks answered by the agent.',
      labels: ['kind'],
    }),
  };
}

function declareConnections() {
  return {
    connections: new Gauge({
      name: 'outrigger_client_connections',
      help: 'Open client connections.',
      labels: ['protocol'],
    }),
    connectionsOpened: new Counter({
      name: 'outrigger_client_connections_opened_total',
      help: 'Client connections accepted since start.',
    }),
    tunnels: new Gauge({ name: 'outrigger_tunnels', help: 'Open tunnels of upgraded connections, such as WebSocket.' }),
    upstreamConnections: new Gauge({
      name: 'outrigger_upstream_connections',
      help: 'HTTP/1.1 connections of the pool to the runtime.',
      labels: ['state'],
    }),
    upstreamSessions: new Gauge({ name: 'outrigger_upstream_sessions', help: 'HTTP/2 sessions to the runtime.' }),
    upstreamConnects: new Counter({
      name: 'outrigger_upstream_connects_total',
      help: 'Attempts to connect to the runtime.',
      labels: ['result'],
    }),
    staleRetries: new Counter({
      name: 'outrigger_upstream_stale_retries_total',
      help: 'Requests sent once more because the runtime had closed a reused connection.',
    }),
  };
}

function declareProcess() {
  return {
    ready: new Gauge({ name: 'outrigger_ready', help: '1 when the last readiness check passed, else 0.' }),
    draining: new Gauge({ name: 'outrigger_draining', help: '1 from SIGTERM on, else 0.' }),
    eventLoopLag: new Histogram({
      name: 'outrigger_event_loop_lag_seconds',
      help: 'How late a timer of the event loop runs, sampled once a second.',
      buckets: LAG_BUCKETS_S,
    }),
    eventLoopActive: new Counter({
      name: 'outrigger_event_loop_active_seconds_total',
      help: 'Time that the event loop was busy; its rate is the utilisation, 1 = saturated.',
    }),
    logLinesDropped: new Counter({
      name: 'outrigger_log_lines_dropped_total',
      help: 'Lines of the process log that were lost: stdout full (its reader too slow) or closed.',
      labels: ['reason'],
    }),
    buildInfo: new Gauge({ name: 'outrigger_build_info', help: 'Always 1.', labels: ['version', 'node_version'] }),
  };
}

export class Metrics {
  /** Everything that is exposed, in the order of the page. */
  readonly instruments: readonly Instrument[];
  readonly inFlight: GaugeCell;
  readonly queued: GaugeCell;
  readonly queueRefused: CounterCell;
  readonly connectionsTotal: CounterCell;
  readonly connectionsRefused: CounterCell;
  readonly tunnels: GaugeCell;
  readonly upstreamConnections: { readonly busy: GaugeCell; readonly idle: GaugeCell };
  readonly upstreamSessions: GaugeCell;
  readonly staleRetries: CounterCell;
  readonly ready: GaugeCell;
  readonly draining: GaugeCell;
  readonly eventLoopLag: HistogramCell;
  readonly eventLoopActive: CounterCell;
  readonly logLinesDropped: { readonly full: CounterCell; readonly closed: CounterCell };
  readonly #requests: RequestCounter;
  readonly #connections: Readonly<Record<'http1' | 'http2', GaugeCell>>;
  readonly #requestSeconds: ByProtocol<HistogramCell>;
  readonly #upstreamSeconds: ByProtocol<HistogramCell>;
  readonly #requestBytes: ByProtocol<CounterCell>;
  readonly #responseBytes: ByProtocol<CounterCell>;
  readonly #upstreamConnects: Readonly<Record<'ok' | 'failed', CounterCell>>;
  readonly #errors: ReadonlyMap<ErrorCode, CounterCell>;
  readonly #probes: Readonly<Record<ProbeKind, CounterCell>>;

  constructor({ version = '', maxModels = 100 }: MetricsOptions = {}) {
    const requests = declareRequests(maxModels);
    const connections = declareConnections();
    const ownProcess = declareProcess();
    this.instruments = [requests, connections, ownProcess].flatMap((group): Instrument[] => Object.values(group));
    // Cells are made here, so that every series is there from the start with 0 and rates need no second sample.
    this.#requests = requests.requests;
    this.inFlight = requests.inFlight.cell();
    this.#requestSeconds = byProtocol((protocol) => requests.requestSeconds.cell(protocol));
    this.#upstreamSeconds = byProtocol((protocol) => requests.upstreamSeconds.cell(protocol));
    this.#requestBytes = byProtocol((protocol) => requests.bytes.cell(protocol, 'request'));
    this.#responseBytes = byProtocol((protocol) => requests.bytes.cell(protocol, 'response'));
    this.#errors = new Map(errorCodes.map((code) => [code, requests.errors.cell(code)]));
    this.queued = requests.queued.cell();
    this.queueRefused = requests.refusals.cell('queue_full');
    this.connectionsRefused = requests.refusals.cell('connections');
    const { probes } = requests;
    this.#probes = { kubelet: probes.cell('kubelet'), queue: probes.cell('queue'), network: probes.cell('network') };
    this.#connections = { http1: connections.connections.cell('http1'), http2: connections.connections.cell('http2') };
    this.connectionsTotal = connections.connectionsOpened.cell();
    this.tunnels = connections.tunnels.cell();
    const pool = connections.upstreamConnections;
    this.upstreamConnections = { busy: pool.cell('busy'), idle: pool.cell('idle') };
    this.upstreamSessions = connections.upstreamSessions.cell();
    const connects = connections.upstreamConnects;
    this.#upstreamConnects = { ok: connects.cell('ok'), failed: connects.cell('failed') };
    this.staleRetries = connections.staleRetries.cell();
    this.ready = ownProcess.ready.cell();
    this.draining = ownProcess.draining.cell();
    this.eventLoopLag = ownProcess.eventLoopLag.cell();
    this.eventLoopActive = ownProcess.eventLoopActive.cell();
    const dropped = ownProcess.logLinesDropped;
    this.logLinesDropped = { full: dropped.cell('full'), closed: dropped.cell('closed') };
    ownProcess.buildInfo.cell(version, process.version).set(1);
  }

  /** One finished exchange, also one that the agent answered itself; probes are not counted here. */
  recordExchange(record: ExchangeRecord): void {
    const { protocol } = record;
    this.#requests.count(record);
    this.#requestSeconds[protocol].observe(record.totalMs / 1000);
    this.#requestBytes[protocol].add(record.requestBytes);
    this.#responseBytes[protocol].add(record.responseBytes);
  }

  requestSeconds(protocol: Protocol): HistogramCell {
    return this.#requestSeconds[protocol];
  }

  /** Observe seconds from the dispatch to the runtime to the last byte of its answer. */
  upstreamSeconds(protocol: Protocol): HistogramCell {
    return this.#upstreamSeconds[protocol];
  }

  connections(protocol: 'http1' | 'http2'): GaugeCell {
    return this.#connections[protocol];
  }

  upstreamConnects(result: 'ok' | 'failed'): CounterCell {
    return this.#upstreamConnects[result];
  }

  errors(code: ErrorCode): CounterCell {
    return this.#errors.get(code)!; // made for every code at construction
  }

  probes(kind: ProbeKind): CounterCell {
    return this.#probes[kind];
  }
}

export function openMetrics(options?: MetricsOptions): Metrics {
  return new Metrics(options);
}
