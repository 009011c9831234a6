// Where a JSON text's values begin and end: bytes in, offsets out, nothing decoded and nothing changed.
// Every reader takes the offset of a value's first byte and returns the offset behind its last one, or `malformed`.
import { scanNumber } from './json-number.ts';

/** Returned in place of an offset: no JSON, or deeper than maxJsonDepth. */
export const malformed = -1;
/** Triton refuses more (HTTP_MAX_JSON_NESTING_DEPTH), and recursion here stays bounded. */
export const maxJsonDepth = 100;

/** `[start, end)`, byte offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Reads one value at `at`, `depth` levels below the top. */
export type ValueReader = (text: Uint8Array, at: number, depth: number) => number;

export const quote = 0x22;
export const comma = 0x2c;
export const colon = 0x3a;
export const openBracket = 0x5b;
export const backslash = 0x5c;
export const closeBracket = 0x5d;
export const openBrace = 0x7b;
export const closeBrace = 0x7d;

/** The four white space bytes of RFC 8259 2. */
export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** The offset of the first byte at or behind `at` that is no white space; the text's length when there is none. */
export function skipSpace(text: Uint8Array, at: number): number {
  let i = at;
  while (isSpace(text[i])) i += 1;
  return i;
}

/** Bytes from 0x80 on are taken as they are, valid UTF-8 or not: Triton writes BYTES outputs raw into its JSON. */
export function skipString(text: Uint8Array, at: number): number {
  if (text[at] !== quote) return malformed;
  for (let i = at + 1; i < text.length; i += 1) {
    const byte = text[i] as number;
    if (byte === quote) return i + 1;
    if (byte === backslash) i += 1;
    else if (byte < 0x20) return malformed;
  }
  return malformed;
}

/** Any value, checked for structure and tokens. NaN and the infinities pass, as runtimes write and read them (protocol page 8.4). */
export function skipValue(text: Uint8Array, at: number, depth: number): number {
  switch (text[at]) {
    case quote:
      return skipString(text, at);
    case openBracket:
      return readArray(text, at, { depth, element: skipValue });
    case openBrace:
      return readObject(text, at, { depth, field: skipField });
    case undefined:
      return malformed;
    default:
      return skipScalar(text, at);
  }
}

/** A number, true, false, null, NaN or an infinity. */
export function skipScalar(text: Uint8Array, at: number): number {
  const end = scanNumber(text, at);
  if (end !== malformed) return end;
  for (const word of words) if (startsWith(text, at, word)) return at + word.length;
  return malformed;
}

export interface ArrayReading {
  /** Of the array itself: 0 at the top. */
  readonly depth: number;
  element(text: Uint8Array, at: number, depth: number): number;
}

export function readArray(text: Uint8Array, at: number, { depth, element }: ArrayReading): number {
  if (text[at] !== openBracket || depth >= maxJsonDepth) return malformed;
  let i = skipSpace(text, at + 1);
  if (text[i] === closeBracket) return i + 1;
  for (;;) {
    i = element(text, i, depth + 1);
    if (i === malformed) return malformed;
    i = skipSpace(text, i);
    if (text[i] === closeBracket) return i + 1;
    if (text[i] !== comma) return malformed;
    i = skipSpace(text, i + 1);
  }
}

export interface ObjectReading {
  readonly depth: number;
  /** Reads the value of the field whose name, quotes and escapes as sent, stands at `name`. */
  field(text: Uint8Array, at: number, depth: number, name: Span): number;
}

/** Names may repeat here: whoever cares about that keeps the names it has seen. */
export function readObject(text: Uint8Array, at: number, { depth, field }: ObjectReading): number {
  if (text[at] !== openBrace || depth >= maxJsonDepth) return malformed;
  let i = skipSpace(text, at + 1);
  if (text[i] === closeBrace) return i + 1;
  for (;;) {
    const name = { start: i, end: skipString(text, i) };
    if (name.end === malformed) return malformed;
    i = skipSpace(text, name.end);
    if (text[i] !== colon) return malformed;
    i = field(text, skipSpace(text, i + 1), depth + 1, name);
    if (i === malformed) return malformed;
    i = skipSpace(text, i);
    if (text[i] === closeBrace) return i + 1;
    if (text[i] !== comma) return malformed;
    i = skipSpace(text, i + 1);
  }
}

/** The bytes of a span as text, without looking at their meaning: the lexeme by which numbers and parameters are compared. */
export function lexeme(text: Uint8Array, { start, end }: Span): string {
  return Buffer.from(text.buffer, text.byteOffset + start, end - start).toString('latin1');
}

/** A string's value. @returns null when its escapes or its UTF-8 are broken. */
export function decodeString(text: Uint8Array, span: Span): string | null {
  try {
    return JSON.parse(strictUtf8.decode(text.subarray(span.start, span.end))) as string;
  } catch {
    return null; // no string that a runtime would read
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const words = ['true', 'false', 'null', 'NaN', 'Infinity', '-Infinity', 'Inf', '-Inf'].map((word) => Buffer.from(word));

function skipField(text: Uint8Array, at: number, depth: number): number {
  return skipValue(text, at, depth);
}

function startsWith(text: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i += 1) if (text[at + i] !== word[i]) return false;
  return !isTokenByte(text[at + word.length]);
}

function isTokenByte(byte: number | undefined): boolean {
  return !(byte === undefined || isSpace(byte) || byte === comma || byte === closeBracket || byte === closeBrace);
}
