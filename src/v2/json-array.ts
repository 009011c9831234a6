// Arrays of tensor data: how many values are inside, where they may be cut, and their bytes ready to be joined to others.
import {
  closeBracket,
  comma,
  isSpace,
  malformed,
  maxJsonDepth,
  openBrace,
  openBracket,
  quote,
  type Span,
  skipScalar,
  skipSpace,
  skipString,
  skipValue,
} from './json-scan.ts';

/** What one pass over an array tells; `start` is its bracket, `end` the offset behind the closing one. */
export interface ArrayScan extends Span {
  /** Values directly inside. */
  readonly elements: number;
  /** Scalars at any depth; an object is one leaf, whatever it holds. */
  readonly leaves: number;
  /** 1: no array inside. */
  readonly arrayDepth: number;
  readonly hasObjects: boolean;
  /** No white space between its tokens. */
  readonly compact: boolean;
}

/** Null: no array at `start`, malformed, or deeper than maxJsonDepth. `depth` is the array's own. */
export function scanArray(text: Uint8Array, start: number, depth: number): ArrayScan | null {
  if (text[start] !== openBracket) return null;
  let [level, deepest, elements, leaves] = [0, 0, 0, 0];
  let [hasObjects, compact] = [false, true];
  let i = start;
  let wantsValue = true; // behind a comma; behind '[' a value may come
  let mayClose = false;
  for (;;) {
    const byte = text[i];
    if (isSpace(byte)) {
      compact = false;
      i = skipSpace(text, i);
      continue;
    }
    if (byte === closeBracket) {
      if (wantsValue && !mayClose) return null;
      level -= 1;
      i += 1;
      if (level === 0) return { start, end: i, elements, leaves, arrayDepth: deepest, hasObjects, compact };
      [wantsValue, mayClose] = [false, false];
    } else if (byte === comma) {
      if (wantsValue) return null;
      [wantsValue, mayClose] = [true, false];
      i += 1;
    } else {
      if (!wantsValue) return null;
      if (level === 1) elements += 1;
      if (byte === openBracket) {
        level += 1;
        if (level > deepest) deepest = level;
        if (depth + level > maxJsonDepth) return null;
        [wantsValue, mayClose] = [true, true];
        i += 1;
        continue;
      }
      if (byte === openBrace) hasObjects = true;
      leaves += 1;
      i = skipLeaf(text, i, depth + level);
      if (i === malformed) return null;
      [wantsValue, mayClose] = [false, false];
    }
  }
}

function skipLeaf(text: Uint8Array, at: number, depth: number): number {
  if (text[at] === quote) return skipString(text, at);
  return text[at] === openBrace ? skipValue(text, at, depth) : skipScalar(text, at);
}

/**
 * Cuts an array's elements into consecutive groups of `counts` elements, which add up to `scan.elements`. Each span reaches
 * from its first element to its last; a group of none is an empty span.
 */
export function cutElements(text: Uint8Array, scan: ArrayScan, counts: readonly number[]): Span[] {
  const groups: Span[] = [];
  let i = scan.start + 1;
  for (const count of counts) {
    i = skipSpace(text, i);
    let [start, end] = [i, i];
    for (let n = 0; n < count; n += 1) {
      i = skipSpace(text, i);
      if (n === 0) start = i;
      end = skipValue(text, i, 0);
      i = skipSpace(text, end) + 1; // behind the comma, or the closing bracket
    }
    groups.push({ start, end });
  }
  return groups;
}

/** What stands between the brackets, without white space at its ends: elements as they were sent. */
export function interior(text: Uint8Array, { start, end }: ArrayScan): Uint8Array {
  let [from, to] = [start + 1, end - 1];
  while (from < to && isSpace(text[from])) from += 1;
  while (to > from && isSpace(text[to - 1])) to -= 1;
  return text.subarray(from, to);
}

/** Every leaf, as it was sent, joined by commas: the flat form of an array of arrays without objects (OIP inference_rest.md). */
export function flatten(text: Uint8Array, scan: ArrayScan): Uint8Array {
  if (scan.compact && scan.arrayDepth === 1) return interior(text, scan);
  const flat = Buffer.allocUnsafe(scan.end - scan.start);
  let written = 0;
  let i = scan.start;
  while (i < scan.end) {
    const byte = text[i];
    if (byte === openBracket || byte === closeBracket || byte === comma || isSpace(byte)) {
      i += 1;
      continue;
    }
    const end = skipLeaf(text, i, 0);
    if (written > 0) flat[written++] = comma;
    flat.set(text.subarray(i, end), written);
    written += end - i;
    i = end;
  }
  return flat.subarray(0, written);
}
