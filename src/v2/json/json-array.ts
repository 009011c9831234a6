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
import { scanNumbers, seekNumbers } from './json-simd.ts';

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

/** From this length on the vector pass is worth its call, and flat data keeps the white space it came with. */
const largeBytes = 2048;
const space = 0x20;
/** From this length on a copy by the runtime beats a loop over bytes. */
const longRunBytes = 64;

/** Null: no array at `start`, malformed, or deeper than maxJsonDepth. `depth` is the array's own: 0 at the top. */
export function scanArray(text: Uint8Array, start: number, depth: number): ArrayScan | null {
  if (text[start] !== openBracket || depth >= maxJsonDepth) return null;
  const maxLevels = maxJsonDepth - depth;
  const fast = text.length - start >= largeBytes ? scanNumbers(text, start, maxLevels) : null;
  return fast ?? scanValues(text, start, depth);
}

/** The same byte by byte, for whatever stands inside. */
export function scanValues(text: Uint8Array, start: number, depth: number): ArrayScan | null {
  let [level, deepest, elements, leaves, blanks] = [1, 1, 0, 0, 0];
  let hasObjects = false;
  let opened = true; // right behind a bracket, where an array may close without a value
  let i = start + 1;
  for (;;) {
    const at = skipSpace(text, i);
    blanks += at - i;
    const byte = text[at];
    if (byte === openBracket) {
      if (level === 1) elements += 1;
      level += 1;
      if (depth + level > maxJsonDepth) return null;
      if (level > deepest) deepest = level;
      opened = true;
      i = at + 1;
      continue;
    }
    if (opened && byte === closeBracket) i = at;
    else {
      if (level === 1) elements += 1;
      leaves += 1;
      if (byte === openBrace) hasObjects = true;
      i = skipLeaf(text, at, depth + level);
      if (i === malformed) return null;
    }
    for (; isSpace(text[i]) || text[i] === closeBracket; i += 1) {
      if (text[i] !== closeBracket) blanks += 1;
      else if (--level === 0) {
        return { start, end: i + 1, elements, leaves, arrayDepth: deepest, hasObjects, compact: blanks === 0 };
      }
    }
    if (text[i] !== comma) return null;
    opened = false;
    i += 1;
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
  const firsts = firstElements(text, scan, counts);
  return counts.map((count, n) => {
    const start = firsts[n] as number;
    const next = firsts[n + 1];
    return { start, end: count === 0 ? start : lastByte(text, next === undefined ? scan.end - 1 : next) };
  });
}

/** Where each group begins; where the array's bracket closes for a group behind the last element. */
function firstElements(text: Uint8Array, scan: ArrayScan, counts: readonly number[]): number[] {
  const indexes: number[] = [];
  let before = 0;
  for (const count of counts) {
    indexes.push(before);
    before += count;
  }
  const large = scan.end - scan.start >= largeBytes && !scan.hasObjects;
  const inside = indexes.filter((index) => index < scan.elements);
  const found = (large ? seekNumbers(text, scan, inside) : null) ?? seekElements(text, scan, inside);
  return indexes.map((_, n) => found[n] ?? scan.end - 1);
}

/** The offsets of the elements of those indexes, which rise. */
export function seekElements(text: Uint8Array, { start }: Span, indexes: readonly number[]): number[] {
  let element = 0;
  let i = skipSpace(text, start + 1);
  return indexes.map((index) => {
    for (; element < index; element += 1) i = skipSpace(text, skipSpace(text, skipElement(text, i)) + 1);
    return i;
  });
}

/** Of an array that was scanned: its tokens are known to be good, and the vector pass has a laxer idea of numbers. */
function skipElement(text: Uint8Array, at: number): number {
  let level = 0;
  for (let i = at; i < text.length; ) {
    const byte = text[i] as number;
    if (byte > comma && byte < openBracket)
      i += 1; // a digit, most often
    else if (level === 0 && (byte === comma || byte === closeBracket)) return i;
    else if (byte === quote || byte === openBrace) {
      i = skipLeaf(text, i, 0);
      if (i === malformed) return text.length;
    } else {
      if (byte === openBracket) level += 1;
      else if (byte === closeBracket) level -= 1;
      i += 1;
    }
  }
  return text.length;
}

/** The offset behind the last byte before `at` that is neither white space nor the comma between two elements. */
function lastByte(text: Uint8Array, at: number): number {
  let i = at;
  while (isSpace(text[i - 1]) || text[i - 1] === comma) i -= 1;
  return i;
}

/** What stands between the brackets, without white space at its ends: elements as they were sent. */
export function interior(text: Uint8Array, { start, end }: Span): Uint8Array {
  let [from, to] = [start + 1, end - 1];
  while (from < to && isSpace(text[from])) from += 1;
  while (to > from && isSpace(text[to - 1])) to -= 1;
  return text.subarray(from, to);
}

/**
 * Every leaf, as it was sent, joined by commas: the flat form of an array of arrays (OIP inference_rest.md). White space goes
 * where that costs a loop over every byte anyway.
 */
export function flatten(text: Uint8Array, scan: ArrayScan): Uint8Array {
  const verbatim = scan.compact || scan.end - scan.start >= largeBytes;
  if (verbatim && scan.arrayDepth === 1) return interior(text, scan);
  const array = Buffer.from(text.buffer, text.byteOffset + scan.start, scan.end - scan.start);
  return joinLeaves(array, verbatim && hasLongRows(array) ? rowEnds(array) : null);
}

/** Rows of numbers that can be copied whole. The first row speaks for all: the answer decides on speed alone. */
function hasLongRows(array: Buffer): boolean {
  return array.indexOf(closeBracket) >= longRunBytes && !array.includes(quote) && !array.includes(openBrace);
}

/** The offset behind what may be copied whole from a number's first byte on: the row's end, where no array stands in between. */
type RowEnds = (at: number) => number;

function rowEnds(array: Buffer): RowEnds {
  let [open, close] = [-1, -1];
  return (at) => {
    if (close < at) close = array.indexOf(closeBracket, at);
    if (open < at) open = array.indexOf(openBracket, at);
    if (open === -1) open = array.length;
    return close < open ? close : at + 1; // an array beside numbers may be empty, and its comma must go
  };
}

function joinLeaves(array: Buffer, rowEnd: RowEnds | null): Uint8Array {
  const flat = Buffer.allocUnsafe(array.length);
  let written = 0;
  let separate = false;
  for (let i = 0; i < array.length; ) {
    const byte = array[i] as number;
    if (byte === comma) separate = written > 0;
    if (byte === comma || byte === openBracket || byte === closeBracket || byte <= space) {
      i += 1;
      continue;
    }
    if (separate) flat[written++] = comma;
    separate = false;
    let end = i + 1;
    if (rowEnd !== null) end = rowEnd(i);
    else if (byte === quote || byte === openBrace) end = skipLeaf(array, i, 0);
    if (end - i >= longRunBytes) written += array.copy(flat, written, i, end);
    else for (let n = i; n < end; n += 1) flat[written++] = array[n] as number;
    i = end;
  }
  return flat.subarray(0, written);
}
