// What the runtime has, as far as it tells: found out at the start, and again when it may have been restarted.
import { atMost } from '../../at-most.ts';
import type { ModelRuntimeConfig } from '../../config/slices.ts';
import type { Log } from '../../log.ts';
import type { ModelMetrics } from '../../model-metrics.ts';
import type { ModelRecord } from '../model/model-record.ts';
import type { Loaded } from '../model/plan.ts';
import { eachAtOnce } from './each-at-once.ts';
import type { RuntimeApi } from './runtime-api.ts';
import { compareWithRuntime, type RuntimeWord, takeFinding } from './runtime-comparison.ts';
import { type RuntimeWatch, watchRuntime } from './runtime-watch.ts';

export interface RuntimeMemoryParts {
  readonly api: RuntimeApi;
  readonly config: Pick<ModelRuntimeConfig, 'checkMs'>;
  readonly log: Log;
  readonly metrics: ModelMetrics;
  readonly records: () => Iterable<ModelRecord>;
  readonly kick: (name: string) => void;
  /** The runtime has it since before our start. */
  readonly kept: (record: ModelRecord) => void;
}

/** What it said of some models. */
interface Hearing extends Omit<RuntimeWord, 'serves'> {
  readonly records: readonly ModelRecord[];
}

/** A runtime that was asked so short a time ago need not be asked again for somebody's probe. */
const freshMs = 1_000;

export class RuntimeMemory implements AsyncDisposable {
  readonly #parts: RuntimeMemoryParts;
  readonly #closing = new AbortController();
  #watch: RuntimeWatch | null = null;
  /** Null: it was not asked yet, or cannot tell. */
  #names: ReadonlySet<string> | null = null;
  #heardAtMs = Number.NEGATIVE_INFINITY;
  /** Monotonic: when #names were asked for. */
  #askedAtMs = Number.NEGATIVE_INFINITY;
  /** Since it was asked last; also before the first answer. */
  #wasAway = true;
  /** Monotonic: models are asked for one by one not before. */
  #nextOneByOneMs = Number.NEGATIVE_INFINITY;
  /** Questions about single models, to a runtime that has no index. */
  #asking: Promise<void> = Promise.resolve();

  constructor(parts: RuntimeMemoryParts) {
    this.#parts = parts;
    parts.metrics.runtimeUp.follow(() => (this.up ? 1 : 0));
  }

  /** The first question is asked at once. */
  start(): void {
    const { api, config, log } = this.#parts;
    this.#watch = watchRuntime({
      ...{ api, checkMs: config.checkMs, log },
      onServing: (names, askedAtMs) => this.#hear(names, askedAtMs),
      onDown: () => {
        this.#wasAway = true;
        this.#heardAtMs = Number.NEGATIVE_INFINITY;
      },
    });
  }

  get up(): boolean {
    return this.#watch?.up ?? false;
  }

  get restarts(): number {
    return this.#watch?.restarts ?? 0;
  }

  /** Resolves when the first question was answered, or was not for a second. */
  async begun(): Promise<void> {
    if (this.#watch !== null) await atMost(freshMs, this.#watch.firstLook);
  }

  /** Models have come since it was asked last: what it said of them counts now. */
  remind(): void {
    const fresh = [...this.#parts.records()].filter(({ loaded, serving }) => loaded === 'unknown' && !serving);
    const heard = { records: fresh, wasAway: false };
    const names = this.#names;
    if (names !== null) this.#compare({ ...heard, askedAtMs: this.#askedAtMs }, (name) => names.has(name));
    else if (this.up) this.#askLater({ ...heard, askedAtMs: performance.now() });
  }

  /** What it may have of a model that nobody of us had it load. */
  loadedOf(name: string): Loaded {
    return this.#names !== null && !this.#names.has(name) ? null : 'unknown';
  }

  /** Resolves when it takes orders. @throws signal.reason */
  async whenUp(signal: AbortSignal): Promise<void> {
    await this.#watch?.whenUp(signal);
  }

  /** Somebody's call failed as if it was gone: what it said before counts as old. */
  doubt(): void {
    this.#heardAtMs = Number.NEGATIVE_INFINITY;
    this.#watch?.doubt();
  }

  /** Resolves when what is known of it is at most a second old, or it does not answer. */
  async ask(): Promise<void> {
    if (this.#watch === null || performance.now() - this.#heardAtMs < freshMs) return;
    await atMost(
      freshMs,
      this.#watch.looked().then(() => this.#asking),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('the agent ends'));
    await this.#watch?.[Symbol.asyncDispose]();
    await this.#asking;
  }

  #hear(names: ReadonlySet<string> | null, askedAtMs: number): void {
    const wasAway = this.#wasAway;
    this.#names = names;
    this.#askedAtMs = askedAtMs;
    this.#wasAway = false;
    this.#heardAtMs = performance.now();
    const heard = { records: [...this.#parts.records()], askedAtMs, wasAway };
    if (names !== null) this.#compare(heard, (name) => names.has(name));
    else if (wasAway || askedAtMs >= this.#nextOneByOneMs) {
      // However often it is looked at: a question for each model is asked twice in the time of a check at most.
      this.#nextOneByOneMs = askedAtMs + this.#parts.config.checkMs / 2;
      this.#askLater(heard);
    }
  }

  #compare({ records, ...word }: Hearing, serves: (name: string) => boolean | null): void {
    const { kick, kept, log, metrics } = this.#parts;
    let gone = 0;
    for (const record of records) {
      const hadIt = record.loaded !== null && record.loaded !== 'unknown';
      const finding = compareWithRuntime(record, { ...word, serves: serves(record.name) });
      if ((finding === 'gone' || finding === 'lost') && hadIt) gone += 1;
      if (takeFinding(record, finding)) kick(record.name);
      if (finding === 'kept') kept(record);
    }
    if (gone === 0) return;
    if (!word.wasAway) this.#watch?.countUnseenRestart();
    metrics.runtimeRestarts.add();
    log.warn({ models: gone }, 'the runtime has lost models, it was restarted: they are loaded again');
  }

  #askLater(heard: Hearing): void {
    this.#asking = this.#asking.then(() => this.#askOneByOne(heard));
  }

  async #askOneByOne(heard: Hearing): Promise<void> {
    const { api, log } = this.#parts;
    const { signal } = this.#closing;
    const asked = heard.records.filter(({ loaded }) => loaded !== null);
    try {
      const answers = await eachAtOnce(asked, ({ name }) => api.isServing(name, signal));
      const byName = new Map(asked.map(({ name }, nth) => [name, answers[nth] ?? null]));
      this.#compare({ ...heard, records: asked }, (name) => byName.get(name) ?? null);
    } catch (err) {
      if (heard.wasAway) this.#wasAway = true; // it is asked again when it is there again
      if (!signal.aborted) log.debug({ err }, 'the runtime could not be asked for its models');
    }
  }
}
