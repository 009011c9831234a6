// A V1 prediction request in row format (TensorFlow Serving's api_rest.md): where its instances stand, and what stands beside them.
import type { ArrayScan } from './json/json-array.ts';

export interface PredictRequest {
  /** Decoded (no Content-Encoding). Read-only: the client's own bytes. */
  readonly body: Uint8Array;
  /** Instances; >= 1. */
  readonly rows: number;
  readonly instances: ArrayScan;
  /** Every other top-level field: its decoded name with its value's raw lexeme. */
  readonly rest: ReadonlyMap<string, string>;
}
