// All models: what models.json wants, what the folder has from before, a record and a keeper for each.
import type { ModelRetryConfig } from '../config/slices.ts';
import { ModelKeeper } from './model/keeper.ts';
import { ModelRecord } from './model/model-record.ts';
import type { Loaded, Step } from './model/plan.ts';
import type { ModelDir } from './model-dir/model-dir.ts';
import type { WantedModels } from './models-file/wanted-model.ts';

export interface ModelSetParts {
  readonly dir: ModelDir;
  readonly perform: (record: ModelRecord, step: Step, signal: AbortSignal) => Promise<void>;
  readonly failed: (record: ModelRecord) => void;
  readonly retry: ModelRetryConfig;
  /** What the runtime may have of a model that is met for the first time. */
  readonly loadedOf: (name: string) => Loaded;
  readonly added: (record: ModelRecord) => void;
  readonly changed: () => void;
  readonly forgotten: (record: ModelRecord) => void;
}

interface Entry {
  readonly record: ModelRecord;
  readonly keeper: ModelKeeper;
}

export class ModelSet {
  readonly #parts: ModelSetParts;
  /** In the order of models.json, those that were met first. */
  readonly #entries = new Map<string, Entry>();

  /** Empty until models are wanted: nothing is done to what lies in the folder before models.json was read. */
  constructor(parts: ModelSetParts) {
    this.#parts = parts;
  }

  get records(): readonly ModelRecord[] {
    return Array.from(this.#entries.values(), ({ record }) => record);
  }

  recordOf(name: string): ModelRecord | undefined {
    return this.#entries.get(name)?.record;
  }

  kick(name: string): void {
    this.#entries.get(name)?.keeper.kick();
  }

  /** `gating`: readiness waits for those that are new. A broken entry keeps what is there of its model. */
  want({ models, refused }: WantedModels, { gating }: { readonly gating: boolean }): void {
    const reasons = new Map(refused.flatMap(({ name, reason }) => (name === null ? [] : [[name, reason] as const])));
    const there = [...this.#parts.dir.models().keys(), ...this.#entries.keys()];
    for (const name of new Set([...models.keys(), ...reasons.keys(), ...there])) {
      const wanted = models.get(name);
      const reason = wanted === undefined ? (reasons.get(name) ?? null) : null;
      const { record, keeper } = this.#entries.get(name) ?? this.#add(name);
      if (gating) record.gating = true;
      record.refused = reason;
      if (reason === null) keeper.want(wanted ?? null);
      else {
        this.#parts.changed();
        keeper.kick();
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ keeper }) => keeper.close()));
  }

  #add(name: string): Entry {
    const { dir, perform, failed, retry, loadedOf, added, changed } = this.#parts;
    const record = new ModelRecord(name, { loaded: loadedOf(name), onDisk: () => dir.models().get(name), changed });
    const keeper = new ModelKeeper({ record, perform, failed, retry, forgotten: () => this.#forget(record) });
    const entry = { record, keeper };
    this.#entries.set(name, entry);
    added(record);
    return entry;
  }

  #forget(record: ModelRecord): void {
    if (record.refused !== null) return; // its entry is there, and broken
    this.#entries.delete(record.name);
    this.#parts.forgotten(record);
  }
}
