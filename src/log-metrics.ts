// What payload logging measures: each sink's account of its events, and what is common to all sinks.
import type { CounterCell, GaugeCell, HistogramCell, Instrument } from './instruments.ts';
import { declareCapture, declareKserveLogger, declareSinks, declareSpool } from './log-metric-declarations.ts';

/** `exchange`: both in one event. */
type Kind = (typeof kinds)[number];

const kinds = ['request', 'response', 'exchange'] as const;
type Declared = ReturnType<typeof declareKserveLogger> & ReturnType<typeof declareSinks>;

/** The account of one sink. Each event is received once and ended once; between the two it counts as queued. */
export class SinkMetrics {
  readonly label: string;
  readonly queued: GaugeCell;
  readonly queuedBytes: GaugeCell;
  readonly oldestSeconds: GaugeCell;
  readonly retries: CounterCell;
  /** 1 or 0. */
  readonly healthy: GaugeCell;
  /** Observe once an attempt. */
  readonly deliverySeconds: HistogramCell;
  readonly #declared: Declared;
  readonly #kinds: Readonly<Record<Kind, KindCells>>;
  readonly #depth: GaugeCell;
  readonly #payloadBytes: CounterCell;
  readonly #drops = new Map<string, CounterCell>();

  constructor(label: string, declared: Declared) {
    this.label = label;
    this.#declared = declared;
    this.queued = declared.queued.cell(label);
    this.queuedBytes = declared.queuedBytes.cell(label);
    this.oldestSeconds = declared.oldestSeconds.cell(label);
    this.retries = declared.retries.cell(label);
    this.healthy = declared.healthy.cell(label);
    this.healthy.set(1);
    this.deliverySeconds = declared.deliverySeconds.cell();
    this.#payloadBytes = declared.payloadBytes.cell(label);
    this.#depth = declared.queueDepth.cell();
    const cells = (kind: Kind): KindCells => ({
      received: declared.received.cell(label, kind),
      delivered: declared.delivered.cell(label, kind),
      deadLettered: declared.deadLettered.cell(label, kind),
      sent: declared.sent.cell(kind),
      failed: declared.failed.cell(kind),
      dropped: declared.dropped.cell(kind),
    });
    this.#kinds = { request: cells('request'), response: cells('response'), exchange: cells('exchange') };
  }

  received(kind: Kind): void {
    this.#kinds[kind].received.add();
    this.queued.add(1);
    this.#depth.add(1);
  }

  /** `ending`: an Ending. `payloadBytes`: of the event's data. */
  ended(kind: Kind, ending: string, payloadBytes: number): void {
    this.queued.add(-1);
    this.#depth.add(-1);
    const cells = this.#kinds[kind];
    if (ending === 'delivered') {
      cells.delivered.add();
      cells.sent.add();
      this.#payloadBytes.add(payloadBytes);
    } else if (ending === 'dead_lettered') cells.deadLettered.add();
    else {
      cells.dropped.add();
      this.#dropped(ending).add();
    }
  }

  /** An attempt to deliver it failed. */
  failed(kind: Kind): void {
    this.#kinds[kind].failed.add();
  }

  /** By reason, those that ever came up. */
  get drops(): ReadonlyMap<string, CounterCell> {
    return this.#drops;
  }

  /** Sums over the kinds. */
  get totals(): {
    readonly received: number;
    readonly delivered: number;
    readonly deadLettered: number;
    readonly dropped: number;
  } {
    const sum = (name: 'received' | 'delivered' | 'deadLettered') =>
      Object.values(this.#kinds).reduce((total, cells) => total + cells[name].value, 0);
    const dropped = [...this.#drops.values()].reduce((total, cell) => total + cell.value, 0);
    return { received: sum('received'), delivered: sum('delivered'), deadLettered: sum('deadLettered'), dropped };
  }

  #dropped(reason: string): CounterCell {
    const known = this.#drops.get(reason);
    if (known !== undefined) return known;
    const cell = this.#declared.droppedByReason.cell(this.label, reason);
    this.#drops.set(reason, cell);
    return cell;
  }
}

interface KindCells {
  readonly received: CounterCell;
  readonly delivered: CounterCell;
  readonly deadLettered: CounterCell;
  readonly sent: CounterCell;
  readonly failed: CounterCell;
  readonly dropped: CounterCell;
}

/** Why an event was not on disk in time: `late` --log-spool-wait-ms was over, `failed` the disk is full, read-only or broken, `full` --log-spool-max-bytes. */
type UnspooledReason = 'late' | 'failed' | 'full';
/** Why an exchange was not logged: the sample, the client's word, a health check of Kubernetes. */
export type SkipReason = 'sampled_out' | 'opted_out' | 'probe' | 'fault';

export class LogMetrics {
  readonly instruments: readonly Instrument[];
  readonly spoolBytes: GaugeCell;
  readonly spoolWaitSeconds: HistogramCell;
  readonly captureBytes: GaugeCell;
  readonly #sinks = new Map<string, SinkMetrics>();
  readonly #declared: Declared;
  readonly #unspooled: Readonly<Record<UnspooledReason, CounterCell>>;
  readonly #skipped: Readonly<Record<SkipReason, CounterCell>>;

  constructor() {
    this.#declared = { ...declareKserveLogger(), ...declareSinks() };
    const { sent, failed, dropped, queueDepth, deliverySeconds } = this.#declared;
    // There from the start, so that rates need no second sample; those of sinks come with their sinks.
    for (const counter of [sent, failed, dropped]) for (const kind of kinds) counter.cell(kind);
    queueDepth.cell();
    deliverySeconds.cell();
    const spool = declareSpool();
    const capture = declareCapture();
    this.instruments = [this.#declared, spool, capture].flatMap((group) => Object.values<Instrument>(group));
    this.spoolBytes = spool.spoolBytes.cell();
    this.spoolWaitSeconds = spool.spoolWaitSeconds.cell();
    this.captureBytes = capture.captureBytes.cell();
    const { unspooled } = spool;
    this.#unspooled = { late: unspooled.cell('late'), failed: unspooled.cell('failed'), full: unspooled.cell('full') };
    const { skipped } = capture;
    this.#skipped = {
      sampled_out: skipped.cell('sampled_out'),
      fault: skipped.cell('fault'),
      opted_out: skipped.cell('opted_out'),
      probe: skipped.cell('probe'),
    };
  }

  /** `label`: the sink's address without secrets. */
  sink(label: string): SinkMetrics {
    const known = this.#sinks.get(label);
    if (known !== undefined) return known;
    const made = new SinkMetrics(label, this.#declared);
    this.#sinks.set(label, made);
    return made;
  }

  unspooled(reason: UnspooledReason): CounterCell {
    return this.#unspooled[reason];
  }

  skipped(reason: SkipReason): CounterCell {
    return this.#skipped[reason];
  }
}
