// A body put together from pieces of others: slices of what was received, not copies, until somebody needs one block.

export interface AssembledBody {
  /** In order; views into requests or answers, which must stay unchanged until the last piece is written. */
  readonly parts: readonly Uint8Array[];
  readonly bytes: number;
  /** Length of the JSON in front, for Inference-Header-Content-Length; null: JSON is all there is, and no such header. */
  readonly headerBytes: number | null;
}
