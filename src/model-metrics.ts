// What the puller measures: models by state, what was pulled, loaded and pushed out, and how requests for models fared.
import type { CounterCell, GaugeCell, HistogramCell, Instrument } from './instruments.ts';
import { declareChanges, declareModels, declareUse } from './model-metric-declarations.ts';
import { type ModelState, modelStates } from './model-report.ts';

const pullResults = ['ok', 'failed', 'cancelled'] as const;
const orderResults = ['ok', 'failed'] as const;
const fileResults = ['ok', 'broken'] as const;
const evictedFrom = ['memory', 'disk'] as const;
/**
 * served: its model was loaded · woken: it waited for its model and went through · not_ready: 503, its model does not serve ·
 * overloaded: 503, too many wait · gone: its client left while it waited.
 */
const requestOutcomes = ['served', 'woken', 'not_ready', 'overloaded', 'gone'] as const;

type PullResult = (typeof pullResults)[number];
type OrderResult = (typeof orderResults)[number];
type FileResult = (typeof fileResults)[number];
type EvictedFrom = (typeof evictedFrom)[number];
export type RequestOutcome = (typeof requestOutcomes)[number];

type ByWord<Word extends string, Cell> = Readonly<Record<Word, Cell>>;

/** Every cell is there from the start, so that rates need no second sample. */
export class ModelMetrics {
  readonly instruments: readonly Instrument[];
  readonly states: ByWord<ModelState, GaugeCell>;
  /** 1 or 0. */
  readonly settled: GaugeCell;
  readonly fileReads: ByWord<FileResult, CounterCell>;
  /** Entries of the file as it is. */
  readonly fileRefused: GaugeCell;
  /** 1 or 0. */
  readonly runtimeUp: GaugeCell;
  readonly runtimeRestarts: CounterCell;
  readonly evictions: ByWord<EvictedFrom, CounterCell>;
  readonly requests: ByWord<RequestOutcome, CounterCell>;
  readonly waiting: GaugeCell;
  readonly memoryBytes: GaugeCell;
  readonly diskBytes: GaugeCell;
  readonly #pulls: ByWord<PullResult, CounterCell>;
  readonly #pullSeconds: HistogramCell;
  readonly #pulledBytes: CounterCell;
  readonly #loads: ByWord<OrderResult, CounterCell>;
  readonly #loadSeconds: HistogramCell;
  readonly #unloads: ByWord<OrderResult, CounterCell>;

  constructor() {
    const [models, changes, use] = [declareModels(), declareChanges(), declareUse()];
    this.instruments = [models, changes, use].flatMap((group) => Object.values<Instrument>(group));
    this.states = byWord(modelStates, (state) => models.models.cell(state));
    this.settled = models.settled.cell();
    this.fileReads = byWord(fileResults, (result) => models.fileReads.cell(result));
    this.fileRefused = models.fileRefused.cell();
    this.runtimeUp = models.runtimeUp.cell();
    this.runtimeRestarts = models.runtimeRestarts.cell();
    this.evictions = byWord(evictedFrom, (from) => changes.evictions.cell(from));
    this.requests = byWord(requestOutcomes, (outcome) => use.requests.cell(outcome));
    this.waiting = use.waiting.cell();
    this.memoryBytes = use.memoryBytes.cell();
    this.diskBytes = use.diskBytes.cell();
    this.#pulls = byWord(pullResults, (result) => changes.pulls.cell(result));
    this.#pullSeconds = changes.pullSeconds.cell();
    this.#pulledBytes = changes.pulledBytes.cell();
    this.#loads = byWord(orderResults, (result) => changes.loads.cell(result));
    this.#loadSeconds = changes.loadSeconds.cell();
    this.#unloads = byWord(orderResults, (result) => changes.unloads.cell(result));
  }

  /** `took`: of a pull that went well; `bytes`: that came from the store. */
  pulled(result: PullResult, took: { readonly seconds: number; readonly bytes: number } | null): void {
    this.#pulls[result].add();
    if (took === null) return;
    this.#pullSeconds.observe(took.seconds);
    this.#pulledBytes.add(took.bytes);
  }

  /** `seconds`: of a load that went well. */
  loaded(result: OrderResult, seconds: number | null): void {
    this.#loads[result].add();
    if (seconds !== null) this.#loadSeconds.observe(seconds);
  }

  unloaded(result: OrderResult): void {
    this.#unloads[result].add();
  }
}

function byWord<Word extends string, Cell>(words: readonly Word[], cellOf: (word: Word) => Cell): ByWord<Word, Cell> {
  return Object.fromEntries(words.map((word) => [word, cellOf(word)])) as Record<Word, Cell>;
}
