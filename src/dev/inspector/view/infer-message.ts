// An inference request or answer, however it was encoded: heads of tensors, and where their values stand, not read yet.
import type { TensorHead } from '../api.ts';

export type TensorData =
  /** From the opening bracket of `data`; may end early. */
  | { readonly kind: 'json'; readonly text: Uint8Array }
  /** Little endian, BYTES with a length before each element; may end early. */
  | { readonly kind: 'raw'; readonly bytes: Uint8Array }
  /** `contents` of gRPC. */
  | { readonly kind: 'contents'; readonly elements: readonly Element[] }
  /** In shared memory, or not sent. */
  | { readonly kind: 'none' };

/** Text: a number of JSON as it came. Bytes: an element of BYTES. */
export type Element = string | number | bigint | boolean | Uint8Array;

export interface InferTensor extends TensorHead {
  /** Numbers may be Digits. */
  readonly parameters: Readonly<Record<string, unknown>> | null;
  readonly data: TensorData;
}

export interface InferMessage {
  /** All beside the tensors: id, model_name, parameters, requested outputs. Numbers may be Digits. */
  readonly about: Readonly<Record<string, unknown>>;
  readonly tensors: readonly InferTensor[];
  /** Read to its end. */
  readonly ended: boolean;
}

/** Nobody sends more, and nobody would look at them. */
export const maxTensors = 256;
/** More sizes are no shape. */
export const maxRank = 64;
