// What the batcher measures, by model: for each model the cells that a batch adds to.
import { declareBatches, declareLearned, declareOutcomes, declareWaiting } from './batch-metric-declarations.ts';
import type { CounterCell, GaugeCell, HistogramCell, Instrument } from './instruments.ts';
import { OTHER_MODEL } from './model-label.ts';

type Declared = ReturnType<typeof declareBatches> &
  ReturnType<typeof declareOutcomes> &
  ReturnType<typeof declareLearned>;

/** Keep it: its cells are looked up once. */
export class ModelBatchMetrics {
  readonly label: string;
  readonly rows: HistogramCell; // observe once a batch
  readonly requests: HistogramCell; // observe once a batch
  readonly waitSeconds: HistogramCell; // observe once a request
  readonly upstreamSeconds: HistogramCell; // observe once a batch
  readonly reruns: CounterCell;
  readonly quarantines: CounterCell;
  readonly withdrawn: CounterCell;
  readonly overheadSeconds: GaugeCell;
  readonly rowSeconds: GaugeCell;
  /** 0: nothing was learned yet. */
  readonly slots: GaugeCell;
  /** 0: nothing to tell yet. */
  readonly gainRatio: GaugeCell;
  readonly flushes = new Map<string, CounterCell>();
  readonly passes = new Map<string, CounterCell>();
  readonly #declared: Declared;
  #oneByOneMs = 0;
  #batchedMs = 0;

  constructor(label: string, declared: Declared) {
    this.label = label;
    this.#declared = declared;
    this.rows = declared.rows.cell(label);
    this.requests = declared.requests.cell(label);
    this.waitSeconds = declared.waitSeconds.cell(label);
    this.upstreamSeconds = declared.upstreamSeconds.cell(label);
    this.reruns = declared.reruns.cell(label);
    this.quarantines = declared.quarantines.cell(label);
    this.withdrawn = declared.withdrawn.cell(label);
    this.overheadSeconds = declared.overheadSeconds.cell(label);
    this.rowSeconds = declared.rowSeconds.cell(label);
    this.slots = declared.slots.cell(label);
    this.gainRatio = declared.gainRatio.cell(label);
  }

  /** `reason`: a FlushReason. */
  flushed(reason: string): CounterCell {
    return this.flushes.get(reason) ?? this.#open(this.flushes, { counter: this.#declared.flushes, reason });
  }

  /** `reason`: a PassReason. */
  passed(reason: string): CounterCell {
    return this.passes.get(reason) ?? this.#open(this.passes, { counter: this.#declared.passed, reason });
  }

  /** A batch was answered well by a runtime that takes overheadMs + rowMs * rows for a call, on so many slots. */
  fitted(
    { overheadMs, rowMs, slots }: { readonly overheadMs: number; readonly rowMs: number; readonly slots: number },
    batch: { readonly requests: number; readonly rows: number; readonly upstreamMs: number },
  ): void {
    this.overheadSeconds.set(overheadMs / 1000);
    this.rowSeconds.set(rowMs / 1000);
    this.slots.set(slots);
    // A fit is never exact: no batch saves more than all of its other calls.
    const oneByOneMs = overheadMs * batch.requests + rowMs * batch.rows;
    this.#oneByOneMs += Math.min(oneByOneMs, batch.requests * batch.upstreamMs);
    this.#batchedMs += batch.upstreamMs;
    if (this.#batchedMs > 0) this.gainRatio.set(this.#oneByOneMs / this.#batchedMs);
  }

  #open(
    cells: Map<string, CounterCell>,
    { counter, reason }: { counter: Declared['flushes']; reason: string },
  ): CounterCell {
    const cell = counter.cell(this.label, reason);
    cells.set(reason, cell);
    return cell;
  }
}

export class BatchMetrics {
  readonly instruments: readonly Instrument[];
  readonly waiting: { readonly rows: GaugeCell; readonly bytes: GaugeCell; readonly keys: GaugeCell };
  readonly #declared: Declared;
  readonly #maxModels: number;
  readonly #models = new Map<string, ModelBatchMetrics>(); // at most #maxModels, and "other"

  /** `maxModels`: distinct labels; further models count as "other". */
  constructor(maxModels: number) {
    const waiting = declareWaiting();
    this.#declared = { ...declareBatches(), ...declareOutcomes(), ...declareLearned() };
    this.instruments = [...Object.values(this.#declared), ...Object.values(waiting)];
    this.waiting = { rows: waiting.rows.cell(), bytes: waiting.bytes.cell(), keys: waiting.keys.cell() };
    this.#maxModels = maxModels;
  }

  /** Those that were asked for, in that order; "other" among them once something was counted there. */
  get models(): Iterable<ModelBatchMetrics> {
    return this.#models.values();
  }

  /**
   * Opens a label for a model that the runtime has owned to (it described it, or answered for it); beyond the bound: "other".
   * `name` as readModelOf (model-label.ts) gives it.
   */
  model(name: string): ModelBatchMetrics {
    const known = this.#models.get(name);
    if (known !== undefined) return known;
    const isFull = this.#models.size - (this.#models.has(OTHER_MODEL) ? 1 : 0) >= this.#maxModels;
    return isFull && name !== OTHER_MODEL ? this.model(OTHER_MODEL) : this.#open(name);
  }

  /** For a name that any client may have made up: the model's own cells if it has some, else those of "other". Do not keep it. */
  modelIfKnown(name: string): ModelBatchMetrics {
    return this.#models.get(name) ?? this.model(OTHER_MODEL);
  }

  #open(label: string): ModelBatchMetrics {
    const cells = new ModelBatchMetrics(label, this.#declared);
    this.#models.set(label, cells);
    return cells;
  }
}
