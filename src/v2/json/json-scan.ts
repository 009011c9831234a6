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

export const quote = 0x22;
export const comma = 0x2c;
const colon = 0x3a;
export const openBracket = 0x5b;
export const backslash = 0x5c;
export const closeBracket = 0x5d;
export const openBrace = 0x7b;
const closeBrace = 0x7d;

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
    if (byte < 0x20) return malformed;
    if (byte !== backslash) continue;
    i += 1;
    if (text[i] === 0x75 ? !hexDigitsAt(text, i + 1) : !escapable.includes(text[i] ?? 0)) return malformed;
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
  let end = scanNumber(text, at);
  for (let n = 0; end === malformed && n < words.length; n += 1) end = skipWord(text, at, words[n] as Uint8Array);
  return end !== malformed && endsToken(text[end]) ? end : malformed; // `1abc` is no 1
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

const words = ['true', 'false', 'null', 'NaN', 'Infinity', '-Infinity', 'Inf', '-Inf'].map((word) => Buffer.from(word));
const escapable = Buffer.from('"\\/bfnrt');

function skipField(text: Uint8Array, at: number, depth: number): number {
  return skipValue(text, at, depth);
}

function skipWord(text: Uint8Array, at: number, word: Uint8Array): number {
  for (let i = 0; i < word.length; i += 1) if (text[at + i] !== word[i]) return malformed;
  return at + word.length;
}

/** Behind a value stands white space, a comma, a closing bracket or brace, or nothing. */
function endsToken(byte: number | undefined): boolean {
  return byte === comma || byte === closeBracket || byte === closeBrace || byte === undefined || isSpace(byte);
}

function hexDigitsAt(text: Uint8Array, at: number): boolean {
  for (let i = at; i < at + 4; i += 1) {
    const byte = text[i] ?? 0;
    const lower = byte | 0x20; // for letters only: it would make digits of control characters
    if (!((byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66))) return false;
  }
  return true;
}
