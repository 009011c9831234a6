// A body put together from pieces of others: slices of what was received, not copies, until somebody needs one block.

export interface AssembledBody {
  /** In order; views into requests or answers, which must stay unchanged until the last piece is written. */
  readonly parts: readonly Uint8Array[];
  readonly bytes: number;
  /** Length of the JSON in front, for Inference-Header-Content-Length; null: JSON is all there is, and no such header. */
  readonly headerBytes: number | null;
}

/** Text whose characters are bytes (a lexeme of json-scan.ts), or bytes. */
export type Piece = string | Uint8Array;

/** A longer piece is a part of its own: to copy it costs more than to write one more part. */
const maxCopiedBytes = 8192;

/** Joins JSON and the blobs behind it (null: there are none, and no header length is sent); neighbouring small pieces become one part. */
export function assemble(json: readonly Piece[], blobs: readonly Piece[] | null): AssembledBody {
  const jsonBytes = bytesOf(json);
  const bytes = blobs === null ? jsonBytes : jsonBytes + bytesOf(blobs);
  const pieces = blobs === null || blobs.length === 0 ? json : [...json, ...blobs];
  const parts = bytes <= maxCopiedBytes ? [joinSmall(pieces, bytes)] : joinNeighbours(pieces);
  return { parts, bytes, headerBytes: blobs === null ? null : jsonBytes };
}

function bytesOf(pieces: readonly Piece[]): number {
  let bytes = 0;
  for (const piece of pieces) bytes += piece.length;
  return bytes;
}

function joinNeighbours(pieces: readonly Piece[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let small: Piece[] = [];
  const join = (): void => {
    if (small.length > 0) parts.push(joinSmall(small, bytesOf(small)));
    small = [];
  };
  for (const piece of pieces) {
    if (typeof piece !== 'string' && piece.length > maxCopiedBytes) {
      join();
      parts.push(piece);
    } else if (piece.length > 0) small.push(piece);
  }
  join();
  return parts;
}

function joinSmall(pieces: readonly Piece[], bytes: number): Uint8Array {
  const joined = Buffer.allocUnsafe(bytes);
  let written = 0;
  let text = ''; // strings are cheaper joined than written one by one
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      text += piece;
      continue;
    }
    if (text !== '') written += joined.write(text, written, 'latin1');
    text = '';
    joined.set(piece, written);
    written += piece.length;
  }
  if (text !== '') joined.write(text, written, 'latin1');
  return joined;
}
