// How a runtime is told to load and unload models: one interface, one file for each kind of runtime.

export interface LoadOrder {
  readonly name: string;
  /** Id of the version; its files are at `<model-dir>/<name>` (the link) and at `<model-dir>/.outrigger/<name>/<id>`. */
  readonly version: string;
}

export interface RuntimeApi extends AsyncDisposable {
  /** A model that is loaded again goes on serving its old files until the new ones are ready, and when they fail. */
  readonly swapsWithoutGap: boolean;
  /** Does it take orders: false while it refuses connections or answers 5xx. Never rejects. */
  isUp(signal: AbortSignal): Promise<boolean>;
  /**
   * Names of the models that serve. Null: this runtime cannot tell. A model in the middle of a load counts as serving.
   * @throws OutriggerError UPSTREAM_UNREACHABLE, UPSTREAM_TIMEOUT, MODEL_LOAD_FAILED
   */
  serving(signal: AbortSignal): Promise<ReadonlySet<string> | null>;
  /** Does this model serve; null: this runtime cannot tell. @throws as `serving` */
  isServing(name: string, signal: AbortSignal): Promise<boolean | null>;
  /**
   * Resolves when it serves these files. @throws OutriggerError MODEL_LOAD_FAILED (the runtime says no; its own words, and the remedy
   * where one is known), UPSTREAM_UNREACHABLE (it is away: no fault of the model), UPSTREAM_TIMEOUT
   */
  load(order: LoadOrder, signal: AbortSignal): Promise<void>;
  /** Resolves when nobody reads the files any more; an unknown model is no error. @throws as `load` */
  unload(name: string, signal: AbortSignal): Promise<void>;
}
