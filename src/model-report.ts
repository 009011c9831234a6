// What is told about a model that the agent keeps: for /status, metrics, refusals and the log.

/**
 * wanted: in line for its pull · downloading · verifying: unpacked, synced, put in its place · loading: with the runtime ·
 * ready: loaded · idle: not loaded for lack of room, on request it is · failed: it will be tried again · removing.
 */
export const modelStates = [
  'wanted',
  'downloading',
  'verifying',
  'loading',
  'ready',
  'idle',
  'failed',
  'removing',
] as const;

export type ModelState = (typeof modelStates)[number];

/** The body of /status has a list of them. */
export interface ModelReport {
  readonly name: string;
  readonly state: ModelState;
  /** Requests reach the runtime, maybe with the files of before while a change is under way or has failed. */
  readonly serving: boolean;
  /** Without secrets. */
  readonly uri: string;
  /** Id of the files that serve (a folder name); null: none do. */
  readonly version: string | null;
  /** While it is being pulled. */
  readonly download: DownloadReport | null;
  /** What the runtime counts for it under --model-memory-budget; null: not told and not known yet. */
  readonly memoryBytes: number | null;
  /** On disk, of all its versions; 0: none. */
  readonly diskBytes: number;
  /** Of what failed last, since the model was wanted like this; null: nothing has. */
  readonly failure: FailureReport | null;
}

interface DownloadReport {
  readonly doneBytes: number;
  /** As far as it is listed; null: the store is still listing. */
  readonly totalBytes: number | null;
  readonly bytesPerSecond: number;
  readonly etaSeconds: number | null;
}

interface FailureReport {
  /** An error code of errors.ts. */
  readonly code: string;
  readonly reason: string;
  /** In a row. */
  readonly attempts: number;
  /** ISO 8601, UTC; null: being tried right now. */
  readonly nextTryAt: string | null;
}

/** Of all models together, and each by itself. */
export interface ModelsReport extends ModelsSummary {
  readonly list: readonly ModelReport[];
}

/** Of all models together. */
export interface ModelsSummary {
  readonly file: {
    /** The file as it is. */
    readonly path: string;
    /** ISO 8601, UTC: since when the wanted set is what it is; null: no models.json was read yet. */
    readonly readAt: string | null;
    /** What is wrong with the model folder, or with the file as it is now; null: nothing. */
    readonly problem: string | null;
  };
  /** All of the first models.json are loaded, idle or failed. */
  readonly settled: boolean;
  readonly runtime: { readonly up: boolean; readonly restarts: number };
  readonly counts: Readonly<Record<ModelState, number>>;
  readonly memory: { readonly usedBytes: number; readonly budgetBytes: number } | null;
  readonly disk: { readonly usedBytes: number; readonly budgetBytes: number } | null;
  /** Requests that wait for their model. */
  readonly waiting: number;
}
