// One element of a tensor as text: numbers by the fewest digits that mean them in their datatype, not in a double.
import { isUtf8 } from 'node:buffer';
import type { Element } from './infer-message.ts';

/** A longer element of BYTES is cut: it is a document, or an image. */
const maxElementBytes = 1024;
const maxPlainInteger = 1e15;

/** What a float keeps: bits of its fraction, and its least exponent. */
const precisions: ReadonlyMap<string, { readonly fractionBits: number; readonly minExponent: number }> = new Map([
  ['FP16', { fractionBits: 10, minExponent: -14 }],
  ['BF16', { fractionBits: 7, minExponent: -126 }],
  ['FP32', { fractionBits: 23, minExponent: -126 }],
]);

export function elementText(datatype: string, element: Element): string {
  if (element instanceof Uint8Array) return bytesText(element);
  return typeof element === 'number' ? numberText(datatype, element) : String(element);
}

/** NaN and the infinities as Triton prints them. */
function numberText(datatype: string, value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const precision = precisions.get(datatype);
  if (precision === undefined || !Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < maxPlainInteger) return String(value); // 65504, not 65500
  const size = Math.abs(value);
  const exponent = Math.max(Math.floor(Math.log2(size)), precision.minExponent);
  const step = 2 ** (exponent - precision.fractionBits); // to the neighbour above; below a power of two it is half of that
  for (let digits = 1; digits < 17; digits += 1) {
    const shorter = Number(value.toPrecision(digits));
    const tolerance = size === 2 ** exponent && Math.abs(shorter) < size ? step / 4 : step / 2;
    if (shorter === value || Math.abs(shorter - value) < tolerance) return String(shorter);
  }
  return String(value);
}

function bytesText(bytes: Uint8Array): string {
  const shown = bytes.subarray(0, maxElementBytes);
  const rest = bytes.length > maxElementBytes ? ` … (${bytes.length} bytes)` : '';
  if (isUtf8(bytes) && !bytes.includes(0)) return Buffer.from(shown).toString() + rest;
  return `0x${Buffer.from(shown).toString('hex')}${rest}`;
}

/** Null: no number. */
export function elementNumber(element: Element): number | null {
  if (typeof element === 'number' || typeof element === 'bigint') return Number(element);
  return typeof element === 'string' ? Number(element.replace(/\bInf\b/, 'Infinity')) : null;
}
