// What a test may ask of the oracle's models; all off, it is a Triton without faults.

export type ModelKind = 'sum' | 'echo' | 'classify';

export interface Behaviour {
  /** sum: x FP32 [rows, 2] -> y FP32 [rows, 1], and p = -y when asked for; echo: every input as o_<name>; classify: p = x, by rank. */
  kind: ModelKind;
  /** Of its config; more rows are 400. Null: there is no /config, as with MLServer. */
  maxBatchRows: number | null;
  /** Rows of an answer more (or, negative, fewer) than asked for, whenever more than one was asked for. */
  surplusRows: number;
  /** Each row of an answer comes so often. */
  timesEachRow: number;
  /** False: one row, whatever was asked for (vector 61). */
  batchDimension: boolean;
  /** Names of outputs that the answer leaves out. */
  omitted: readonly string[];
  reversed: boolean;
  /** An element (its number, or its text in V1) that makes the whole call a 400 naming it. */
  poison: number;
  /** `data` of JSON answers as nested lists (KServe), not flat (Triton). */
  nested: boolean;
  /** Triton echoes, MLServer and KServe invent; required: 500 without. */
  ids: 'echo' | 'omit' | 'invent' | 'required';
  /** Errors as text/plain, as Triton's early ones. */
  plainErrors: boolean;
  /** Null: available; else every inference is 503 with that Retry-After. */
  retryAfterS: number | null;
  /** head: closed before an answer; body: amid it; blob: complete by Content-Length, but a byte short of binary_data_size. */
  breaksOff: 'head' | 'body' | 'blob' | null;
}

export function defaultBehaviour(kind: ModelKind): Behaviour {
  return {
    kind,
    maxBatchRows: 8,
    surplusRows: 0,
    timesEachRow: 1,
    batchDimension: true,
    omitted: [],
    reversed: false,
    poison: 666,
    nested: false,
    ids: 'echo',
    plainErrors: false,
    retryAfterS: null,
    breaksOff: null,
  };
}
