// One model as models.json wants it.

export interface WantedModel {
  /** A plain folder name, the runtime's name of the model. */
  readonly name: string;
  /** As written; may hold secrets (SAS, user part): never shown, never stored. */
  readonly uri: string;
  /** The `modelSpec` with its URI by `specUri`: what the SUCCESS marker holds. Without secrets. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** sha256 (hex) of the spec's canonical JSON without `memory`: equal keys mean equal files, nothing has to be pulled. */
  readonly filesKey: string;
  /** Of the spec's `memory` (a Kubernetes quantity); null: not told. */
  readonly memoryBytes: number | null;
  readonly framework: string;
}

/** An entry that cannot be used: what is there of this model stays as it is. */
export interface RefusedModel {
  /** Null: the entry has no usable name. */
  readonly name: string | null;
  /** For people, e.g. `models[3] "a/b": modelName: expected a plain folder name`. Without secrets. */
  readonly reason: string;
}

export interface WantedModels {
  /** In the order of the file, which is the order of work. */
  readonly models: ReadonlyMap<string, WantedModel>;
  readonly refused: readonly RefusedModel[];
  /** What is odd and stops nothing, for the log: entries that another one of the same name overrides. Without secrets. */
  readonly notes: readonly string[];
}
