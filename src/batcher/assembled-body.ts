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
export function assemble(json: readonly Piece[], blobs: readonly Uint8Array[] | null): AssembledBody {
  const parts: Uint8Array[] = [];
  let small: Piece[] = [];
  let [smallBytes, bytes, headerBytes] = [0, 0, 0];
  const join = (): void => {
    if (smallBytes > 0) parts.push(joinSmall(small, smallBytes));
    [small, smallBytes] = [[], 0];
  };
  const add = (piece: Piece): void => {
    bytes += piece.length;
    if (typeof piece !== 'string' && piece.length > maxCopiedBytes) {
      join();
      parts.push(piece);
    } else if (piece.length > 0) {
      small.push(piece);
      smallBytes += piece.length;
    }
  };
  for (const piece of json) add(piece);
  headerBytes = bytes;
  for (const blob of blobs ?? []) add(blob);
  join();
  return { parts, bytes, headerBytes: blobs === null ? null : headerBytes };
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
