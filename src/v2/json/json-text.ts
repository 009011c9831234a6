// A JSON string's value, quickly when it stands there as it is: names and ids are nearly always plain ASCII.
import { backslash, lexeme, malformed, quote, type Span, skipString } from './json-scan.ts';

export interface JsonText extends Span {
  readonly value: string;
  /** As sent, quotes and escapes included; one character per byte. */
  readonly raw: string;
}

/** Null: no string, or one that not every runtime reads. */
export function readTextAt(text: Uint8Array, start: number): JsonText | null {
  const end = skipString(text, start);
  return end === malformed ? null : readText(text, { start, end });
}

/** Null when its escapes or its UTF-8 are broken, and for half a surrogate pair, which Triton's JSON parser refuses. */
export function readText(text: Uint8Array, span: Span): JsonText | null {
  const { start, end } = span;
  const raw = rawText(text, span);
  if (isPlain(text, span)) return { start, end, value: raw.slice(1, -1), raw };
  const value = decodeString(text, span);
  return value?.isWellFormed() ? { start, end, value, raw } : null;
}

/** The value of a string that skipString read, escapes and all. @returns null when its UTF-8 is broken, or when it is no string. */
export function decodeString(text: Uint8Array, { start, end }: Span): string | null {
  if (text[start] !== quote) return null;
  try {
    return JSON.parse(strictUtf8.decode(text.subarray(start, end))) as string;
  } catch {
    return null; // no string that a runtime would read
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** The same as lexeme, which takes a call into the runtime: short texts come sooner byte by byte. */
export function rawText(text: Uint8Array, span: Span): string {
  if (span.end - span.start > shortBytes) return lexeme(text, span);
  let raw = '';
  for (let i = span.start; i < span.end; i += 1) raw += String.fromCharCode(text[i]!);
  return raw;
}

const shortBytes = 16;

function isPlain(text: Uint8Array, { start, end }: Span): boolean {
  for (let i = start; i < end; i += 1) {
    const byte = text[i]!;
    if (byte === backslash || byte >= 0x80) return false;
  }
  return true;
}
