// Every metric as cells that are looked up once, and the one call that the request path makes for each exchange.
import { BatchMetrics } from './batch-metrics.ts';
import { type ErrorCode, errorCodes } from './errors.ts';
import type { CounterCell, GaugeCell, HistogramCell, Instrument } from './instruments.ts';
import { LogMetrics } from './log-metrics.ts';
import { declareConnections, declareProcess, declareRequests } from './metric-declarations.ts';
import { ModelMetrics } from './model-metrics.ts';
import type { RequestCounter, StatusClass } from './request-counter.ts';

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

/** Who serves a client connection: plain HTTP/1.1 or gRPC frames by lanes of ours, all else by node. */
export type Lane = 'http1_plain' | 'http1_node' | 'http2_relay' | 'http2_node';
export const lanes = ['http1_plain', 'http1_node', 'http2_relay', 'http2_node'] as const satisfies readonly Lane[];

export interface MetricsOptions {
  readonly version?: string;
  /** Distinct model labels; further models count as "other". Default 100. */
  readonly maxModels?: number;
}

type ByProtocol<Cell> = Readonly<Record<Protocol, Cell>>;

export function byProtocol<Cell>(cellOf: (protocol: Protocol) => Cell): ByProtocol<Cell> {
  return { http1: cellOf('http1'), http2: cellOf('http2'), grpc: cellOf('grpc') };
}

export class Metrics {
  /** Everything that is exposed, in the order of the page. */
  readonly instruments: readonly Instrument[];
  readonly inFlight: GaugeCell;
  readonly queued: GaugeCell;
  readonly queueRefused: CounterCell;
  readonly batching: BatchMetrics;
  readonly logging = new LogMetrics();
  readonly models = new ModelMetrics();
  readonly batchRefused: Readonly<Record<'rows' | 'bytes' | 'keys', CounterCell>>; // by the bound that was reached
  readonly connectionsTotal: CounterCell;
  readonly connectionsRefused: CounterCell;
  readonly http2Floods: CounterCell; // relayed connections that were ended for them
  readonly tunnels: GaugeCell;
  readonly upstreamConnections: { readonly busy: GaugeCell; readonly idle: GaugeCell };
  readonly upstreamSessions: GaugeCell;
  readonly staleRetries: CounterCell;
  readonly ready: GaugeCell;
  readonly draining: GaugeCell;
  readonly eventLoopLag: HistogramCell;
  readonly eventLoopActive: CounterCell;
  readonly logLinesDropped: { readonly full: CounterCell; readonly closed: CounterCell };
  readonly #lanes: ReadonlyMap<Lane, CounterCell>;
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
    this.batching = new BatchMetrics(maxModels);
    this.instruments = [
      ...Object.values(requests),
      ...this.batching.instruments,
      ...this.logging.instruments,
      ...this.models.instruments,
      ...Object.values(connections),
      ...Object.values(ownProcess),
    ];
    // Cells are made here, so that every series is there from the start with 0 and rates need no second sample.
    this.#requests = requests.requests;
    this.inFlight = requests.inFlight.cell();
    this.#requestSeconds = byProtocol((protocol) => requests.requestSeconds.cell(protocol));
    this.#upstreamSeconds = byProtocol((protocol) => requests.upstreamSeconds.cell(protocol));
    this.#requestBytes = byProtocol((protocol) => requests.bytes.cell(protocol, 'request'));
    this.#responseBytes = byProtocol((protocol) => requests.bytes.cell(protocol, 'response'));
    this.#errors = new Map(errorCodes.map((code) => [code, requests.errors.cell(code)]));
    this.queued = requests.queued.cell();
    const { refusals, probes } = requests;
    this.queueRefused = refusals.cell('queue_full');
    this.connectionsRefused = refusals.cell('connections');
    this.http2Floods = refusals.cell('http2_flood');
    const [rows, bytes, keys] = [
      refusals.cell('batch_rows'),
      refusals.cell('batch_bytes'),
      refusals.cell('batch_keys'),
    ];
    this.batchRefused = { rows, bytes, keys };
    this.#probes = { kubelet: probes.cell('kubelet'), queue: probes.cell('queue'), network: probes.cell('network') };
    this.#connections = { http1: connections.connections.cell('http1'), http2: connections.connections.cell('http2') };
    this.#lanes = new Map(lanes.map((lane) => [lane, connections.lanes.cell(lane)]));
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

  /** Since start. */
  requestsByStatus(): Record<StatusClass, number> {
    return this.#requests.byStatus();
  }

  bodyBytes(protocol: Protocol): { readonly request: CounterCell; readonly response: CounterCell } {
    return { request: this.#requestBytes[protocol], response: this.#responseBytes[protocol] };
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

  lane(lane: Lane): CounterCell {
    return this.#lanes.get(lane)!; // made for every lane at construction
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
