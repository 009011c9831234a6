// Everything that is known about one model: what is wanted, what is there, what is being done, what went wrong.
import type { PullProgress } from '../../storage/download/progress.ts';
import type { ModelOnDisk } from '../model-dir/model-on-disk.ts';
import type { WantedModel } from '../models-file/wanted-model.ts';
import { type Loaded, type ModelFacts, type Step, versionOf } from './plan.ts';
import type { Setback } from './setback.ts';

export interface HeldStep extends Setback {
  readonly step: Step['kind'];
}

/** A pull that has its turn. */
export interface Download {
  readonly startedAtMs: number;
  progress: PullProgress | null;
}

export interface RecordParts {
  /** What the model folder has of it now. */
  readonly onDisk: () => ModelOnDisk | undefined;
  /** Whether requests may pass has to be asked anew. */
  readonly changed: () => void;
}

export class ModelRecord {
  readonly name: string;
  /** What is wrong with its entry in models.json; what was wanted before stays wanted. Null: nothing. */
  refused: string | null = null;
  loaded: Loaded;
  /** Monotonic; of the last load that worked: what the runtime said of it before is old. */
  loadedAtMs = Number.NEGATIVE_INFINITY;
  /** Monotonic; when the runtime was last found to have lost it. */
  lostAtMs = Number.NEGATIVE_INFINITY;
  /** False: no room until a request wants it. */
  inMemory = true;
  onDisk = true;
  /** A request wanted it: others go for it, also when that request has given up meanwhile. Until it serves, or fails. */
  woken = false;
  /** It was idle when a request wanted it: readiness does not wait for this load. Until it serves. */
  byRequest = false;
  /** What is linked may serve while what is wanted cannot be had. */
  restorable = false;
  /** Pulls that did not end may have left files. */
  hasUnfinished: boolean;
  doing: Step | null = null;
  /** A load of it is with the runtime, which may name it long before requests can reach it. */
  ordered = false;
  download: Download | null = null;
  setback: HeldStep | null = null;
  /** Readiness waits for it: it is of the first models.json, or has served before. */
  gating = false;
  /** Requests with the runtime; counted under a budget only. */
  inFlight = 0;
  readonly #parts: RecordParts;
  #wanted: WantedModel | null = null;
  #serving = false;
  /** Since then nothing that is not linked is known to have been linked: an agent that died may have moved the link just before. */
  readonly #metAtMs = performance.now();
  readonly #staleSinceMs = new Map<string, number>();
  readonly #outdated = new Set<string>();

  /** `loaded`: `unknown` where nobody has told what the runtime has. */
  constructor(name: string, { loaded, ...parts }: RecordParts & { readonly loaded: Loaded }) {
    this.name = name;
    this.loaded = loaded;
    this.hasUnfinished = parts.onDisk() !== undefined;
    this.#parts = parts;
  }

  /** Null: it has to go. */
  get wanted(): WantedModel | null {
    return this.#wanted;
  }

  set wanted(wanted: WantedModel | null) {
    this.#wanted = wanted;
    this.#parts.changed();
  }

  /** Requests reach the runtime. */
  get serving(): boolean {
    return this.#serving;
  }

  set serving(serving: boolean) {
    this.#serving = serving;
    this.#parts.changed();
  }

  facts(): ModelFacts {
    const disk = this.#parts.onDisk();
    return {
      wanted: this.wanted?.filesKey ?? this.#keptFilesKey(disk),
      versions: (disk?.versions ?? []).map(({ id, filesKey }) => ({
        id,
        filesKey,
        outdated: this.#outdated.has(id),
        staleSinceMs: this.#staleSinceMs.get(id) ?? this.#metAtMs,
      })),
      linked: this.linked,
      hasLeftovers: this.hasUnfinished,
      loaded: this.loaded,
      inMemory: this.inMemory,
      onDisk: this.onDisk,
      restorable: this.restorable,
      held: this.setback === null ? null : { step: this.setback.step, untilMs: this.setback.nextTryAtMs },
    };
  }

  /** Of a model whose entry was never good since our start: what is there of it stays as it is. */
  #keptFilesKey(disk: ModelOnDisk | undefined): string | null {
    if (this.refused === null) return null;
    return disk?.versions.find(({ id }) => id === disk.linked)?.filesKey ?? null;
  }

  get linked(): string | null {
    return this.#parts.onDisk()?.linked ?? null;
  }

  /** The complete version with the wanted files; null: none. */
  get target(): string | null {
    return this.wanted === null ? null : versionOf(this.facts(), this.wanted.filesKey);
  }

  /** Of all complete versions. */
  get diskBytes(): number {
    return (this.#parts.onDisk()?.versions ?? []).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** What it counts under --model-memory-budget: as told, else the size of its files; null: neither is known. */
  get memoryBytes(): number | null {
    const told = this.wanted?.memoryBytes ?? null;
    if (told !== null) return told;
    const { target } = this;
    return this.#parts.onDisk()?.versions.find(({ id }) => id === target)?.bytes ?? null;
  }

  /** The runtime serves this version, by an order of ours. */
  becameLoaded(version: string, nowMs: number): void {
    this.loaded = { version };
    this.loadedAtMs = nowMs;
    this.restorable = true;
    this.serving = true;
    this.gating = true;
  }

  /** The link left this version: it may be read for a while yet. */
  becameStale(version: string, nowMs: number): void {
    this.#staleSinceMs.set(version, nowMs);
  }

  /** The link leads there (again). */
  becameCurrent(version: string): void {
    this.#staleSinceMs.delete(version);
  }

  /** The store has other files behind the same URI now. */
  becameOutdated(version: string): void {
    this.#outdated.add(version);
  }

  removed(version: string): void {
    this.#staleSinceMs.delete(version);
    this.#outdated.delete(version);
  }

  removedAll(): void {
    this.#staleSinceMs.clear();
    this.#outdated.clear();
  }

  /** Not loaded for lack of room alone. */
  get idle(): boolean {
    return !this.inMemory && !this.serving && (this.target !== null || !this.onDisk);
  }
}
