// What each model may do, remembered: asked in the background, looked up by every request without waiting.
import type { Log } from '../../log.ts';
import type { ModelLimits } from '../../v2/model-config.ts';
import type { Ask, Protocol } from './ask-runtime.ts';
import { type ModelReading, readModel } from './model-reading.ts';

export interface ModelLimitsOptions {
  readonly ask: Ask;
  /** --batcher-models: decoded names, or `*` for all. Where the runtime says nothing they are batchable without a limit. */
  readonly trusted: readonly string[];
  readonly log: Log;
  /** Monotonic milliseconds. Default: performance.now. */
  readonly nowMs?: () => number;
}

export interface ModelEntry extends ModelLimits {
  readonly modelPath: string;
}

interface ModelAsked {
  /** Decoded name. */
  readonly model: string;
  readonly protocol: Protocol;
}

export interface ModelLimitsBook {
  /**
   * Null: not known (yet); what is missing or old is read in the background, for as long as requests ask for it.
   * `modelPath` is raw, `/v2/models/m[/versions/v]`.
   */
  look(modelPath: string, asked: ModelAsked): ModelLimits | null;
  /** The model was loaded or unloaded: what was known of all its versions is void, and read again at once. */
  refresh(model: string): void;
  /** A batch failed as if a limit was wrong, or the runtime went away: read again, at most once a second. */
  doubt(model: string): void;
  /** For /status: the 100 models that were read last at most, those that the runtime knows first. */
  entries(): ModelEntry[];
  /** Models remembered. */
  readonly size: number;
}

/** An answer is good for so long, then the next request has it read again and uses the old one meanwhile. */
const freshMs = 60_000;
/** After a failed reading: 1 s, doubled each time. */
const backoffMs = 1_000;
const maxBackoffMs = 60_000;
/** For what is not there: it may be loaded by others, at any time. */
const maxAbsentBackoffMs = 10_000;
const minDoubtMs = 1_000;

/** Of models that the runtime knows, and as many of others: names that clients make up push out no real model. */
const maxModels = 1_000;
const maxListed = 100;
/** No runtime has longer names; what is longer is not remembered. */
const maxPathChars = 512;
const maxReadings = 4;
/** Readings a second of models never heard of: made-up names must not double the runtime's work. */
const maxNewReadings = 50;

export function openModelLimits(options: ModelLimitsOptions): ModelLimitsBook {
  return new Book(options);
}

interface Entry {
  readonly modelPath: string;
  readonly model: string;
  /** Of the request that asked last. */
  protocol: Protocol;
  limits: ModelLimits | null;
  /** While limits is null. */
  problem: string;
  readAtMs: number;
  askAtMs: number;
  failures: number;
  /** What is being read may be of a model that is gone. */
  outdated: boolean;
  /** What the log says about it. */
  told: string;
}

class Book implements ModelLimitsBook {
  readonly #options: ModelLimitsOptions;
  readonly #nowMs: () => number;
  // Both in order of the last reading, which is that of use at the grain of freshMs, at no cost for each look.
  readonly #known = new Map<string, Entry>();
  readonly #others = new Map<string, Entry>();
  readonly #reading = new Set<Entry>();
  #newReadings = 0; // since #secondMs
  #secondMs = Number.NEGATIVE_INFINITY;

  constructor(options: ModelLimitsOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  get size(): number {
    return this.#known.size + this.#others.size;
  }

  look(modelPath: string, { model, protocol }: ModelAsked): ModelLimits | null {
    const path = modelPath.includes('%') ? respell(modelPath) : modelPath;
    const entry = this.#known.get(path) ?? this.#others.get(path);
    if (entry === undefined) {
      if (path !== '' && path.length <= maxPathChars) this.#readFirst(path, { model, protocol });
      return null;
    }
    if (this.#nowMs() >= entry.askAtMs && !this.#reading.has(entry)) {
      entry.protocol = protocol;
      this.#readAgain(entry);
    }
    return entry.limits;
  }

  refresh(model: string): void {
    for (const entry of this.#all()) {
      if (entry.model !== model) continue;
      forget(entry);
      if (!this.#reading.has(entry) && this.#reading.size < maxReadings) void this.#read(entry);
    }
  }

  doubt(model: string): void {
    const nowMs = this.#nowMs();
    for (const entry of this.#known.values()) {
      if (entry.model === model) {
        entry.askAtMs = Math.min(entry.askAtMs, Math.max(nowMs, entry.readAtMs + minDoubtMs));
      }
    }
  }

  entries(): ModelEntry[] {
    const newestFirst = [...[...this.#known.values()].reverse(), ...[...this.#others.values()].reverse()];
    return newestFirst.slice(0, maxListed).map(({ modelPath, limits, problem }) => {
      return { modelPath, ...(limits ?? { batchable: false, why: problem, maxRows: null, slots: null }) };
    });
  }

  /** With those that were pushed out while they are read: they come back. */
  #all(): Set<Entry> {
    return new Set([...this.#known.values(), ...this.#others.values(), ...this.#reading]);
  }

  #readFirst(modelPath: string, asked: ModelAsked): void {
    if (this.#reading.size >= maxReadings || !this.#mayReadNew()) return;
    const fresh = { limits: null, problem: 'not read yet', readAtMs: 0, askAtMs: 0, failures: 0, told: '' };
    const entry: Entry = { modelPath, ...asked, ...fresh, outdated: false };
    keepLast(this.#others, entry);
    void this.#read(entry);
  }

  #readAgain(entry: Entry): void {
    if (this.#reading.size >= maxReadings) return;
    if (this.#known.has(entry.modelPath) || this.#mayReadNew()) void this.#read(entry);
  }

  #mayReadNew(): boolean {
    const nowMs = this.#nowMs();
    if (nowMs - this.#secondMs >= 1_000) {
      this.#secondMs = nowMs;
      this.#newReadings = 0;
    }
    this.#newReadings += 1;
    return this.#newReadings <= maxNewReadings;
  }

  async #read(entry: Entry): Promise<void> {
    this.#reading.add(entry);
    let reading: ModelReading;
    do {
      entry.outdated = false;
      reading = await readModel((path) => this.#options.ask(path, entry.protocol), entry.modelPath);
    } while (entry.outdated);
    this.#reading.delete(entry);
    entry.readAtMs = this.#nowMs();
    this.#learn(entry, reading);
  }

  #learn(entry: Entry, reading: ModelReading): void {
    const { trusted, log } = this.#options;
    const trusts = trusted.includes('*') || trusted.includes(entry.model);
    const byTrust = trusts && reading.kind !== 'says' ? trustedLimits(reading.why) : null;
    if (reading.kind === 'absent' || reading.kind === 'failed') {
      const absent = reading.kind === 'absent';
      // A reading that failed says nothing against what is known.
      entry.limits = absent ? byTrust : (entry.limits ?? byTrust);
      entry.problem = reading.why;
      const waitMs = Math.min(backoffMs * 2 ** entry.failures, absent ? maxAbsentBackoffMs : maxBackoffMs);
      entry.askAtMs = entry.readAtMs + waitMs;
      entry.failures = Math.min(entry.failures + 1, 16);
      log.debug({ model: entry.model }, `a model could not be read: ${reading.why}`);
      this.#keep(entry, !absent && this.#known.has(entry.modelPath));
      return;
    }
    entry.limits = reading.kind === 'says' ? reading.limits : (byTrust ?? untrustedLimits(reading.why, entry.model));
    entry.failures = 0;
    entry.askAtMs = entry.readAtMs + freshMs;
    this.#keep(entry, true);
    this.#tell(entry, entry.limits);
  }

  #keep(entry: Entry, known: boolean): void {
    (known ? this.#others : this.#known).delete(entry.modelPath);
    keepLast(known ? this.#known : this.#others, entry);
  }

  /** Once, and again when it changed: a new version of the model. */
  #tell(entry: Entry, { batchable, why }: ModelLimits): void {
    const told = `model ${JSON.stringify(entry.model)} is ${batchable ? '' : 'not '}batched: ${why}`;
    if (told === entry.told) return;
    entry.told = told;
    this.#options.log.info({ modelPath: entry.modelPath }, told);
  }
}

function forget(entry: Entry): void {
  entry.limits = null;
  entry.problem = 'not read since the runtime changed';
  entry.askAtMs = 0;
  entry.failures = 0;
  entry.outdated = true;
}

function keepLast(entries: Map<string, Entry>, entry: Entry): void {
  entries.delete(entry.modelPath);
  entries.set(entry.modelPath, entry);
  if (entries.size > maxModels) entries.delete(entries.keys().next().value as string);
}

function trustedLimits(silence: string): ModelLimits {
  return { batchable: true, why: `--batcher-models names it (${silence})`, maxRows: null, slots: null };
}

function untrustedLimits(silence: string, model: string): ModelLimits {
  const why = `${silence}; if its rows are independent of each other: --batcher-models ${model}`;
  return { batchable: false, why, maxRows: null, slots: null };
}

/** One spelling for a path whose segments are percent-encoded in one of many ways; "" when they are no UTF-8. */
function respell(path: string): string {
  try {
    return path
      .split('/')
      .map((segment) => encodeURIComponent(decodeURIComponent(segment)))
      .join('/');
  } catch (error) {
    if (error instanceof URIError) return '';
    throw error;
  }
}
