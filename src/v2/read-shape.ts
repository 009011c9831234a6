// The shape of a tensor: how many rows, and how many elements its data must have.
import { malformed, readArray, skipValue } from './json/json-scan.ts';
import type { Refusal } from './refusal.ts';

export interface ShapeReading {
  readonly depth: number;
  /** Where the dimensions are put; empty before. */
  readonly into: number[];
  readonly refusal: Refusal;
}

export function readShape(text: Uint8Array, at: number, { depth, into, refusal }: ShapeReading): number {
  return readArray(text, at, {
    depth,
    element: (_text, dimensionAt, elementDepth) => {
      const end = skipValue(text, dimensionAt, elementDepth);
      if (end === malformed) return malformed;
      const dimension = readNatural(text, dimensionAt, end);
      if (dimension === null) return refusal.because('shape');
      into.push(dimension);
      return end;
    },
  });
}

/** The product of the dimensions, 1 without any; null when it is no safe integer, so that no data can have so many elements. */
export function countElements(shape: readonly number[]): number | null {
  let count = 1;
  for (const dimension of shape) count *= dimension;
  return Number.isSafeInteger(count) ? count : null;
}

/** The value of a token of nothing but digits, up to 2^53 - 1; null for any other. */
export function readNatural(text: Uint8Array, start: number, end: number): number | null {
  let value = 0;
  for (let i = start; i < end; i += 1) {
    const digit = text[i]! - 0x30;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }
  return Number.isSafeInteger(value) ? value : null;
}
