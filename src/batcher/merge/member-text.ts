// One answer's text for several members: the same for all but for a few places, where everybody has words of their own.
import type { Span } from '../../v2/json/json-scan.ts';
import type { Piece } from './assembled-body.ts';

/** What stands in the place of a span: one text for each member, in their order. */
export interface Edit extends Span {
  readonly texts: readonly Piece[];
}

/** A part of the answer's text. */
export type Cut = (start: number, end: number) => Piece;

/** Up to here an answer is decoded once, and its parts are parts of that string: cheaper than a view of the bytes for each. */
const maxDecodedBytes = 16_384;

export function cutterOf(body: Uint8Array): Cut {
  if (body.length > maxDecodedBytes) return (start, end) => body.subarray(start, end);
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1');
  return (start, end) => text.slice(start, end);
}

export interface MemberTexts {
  readonly cut: Cut;
  /** The answer without its blobs. */
  readonly textBytes: number;
  readonly members: number;
}

/** Each member's text in pieces. The edits do not overlap; they may come in any order. */
export function memberTexts(edits: readonly Edit[], { cut, textBytes, members }: MemberTexts): Piece[][] {
  const sorted = [...edits].sort((one, other) => one.start - other.start);
  const pieces: Piece[][] = Array.from({ length: members }, () => []);
  let from = 0;
  for (const { start, end, texts } of sorted) {
    const shared = cut(from, start);
    for (let member = 0; member < members; member += 1) {
      const own = pieces[member] as Piece[];
      append(own, shared);
      append(own, texts[member] as Piece);
    }
    from = end;
  }
  const rest = cut(from, textBytes);
  for (const own of pieces) append(own, rest);
  return pieces;
}

function append(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1);
  if (typeof last === 'string' && typeof piece === 'string') pieces[pieces.length - 1] = last + piece;
  else pieces.push(piece);
}
