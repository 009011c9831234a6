// A walk through one JSON value that tells where its secrets stand. All of it is read: what is no JSON tells nothing.
//
// Its loops are json-scan.ts's readObject and readArray once more, without a call back for each member: every logged body goes
// through here, and that costs half of the time.
import {
  closeBracket,
  comma,
  malformed,
  maxJsonDepth,
  openBrace,
  openBracket,
  quote,
  type Span,
  skipScalar,
  skipSpace,
  skipString,
} from '../../v2/json/json-scan.ts';
import { scanNumbers } from '../../v2/json/json-simd.ts';
import type { SecretPlace } from './secret-place.ts';

const colon = 0x3a;
const closeBrace = 0x7d;
/** An array that is shorter is sooner read byte by byte. */
const longBytes = 64;

export interface Value {
  readonly at: number;
  /** Of the value: 0 at the top. */
  readonly depth: number;
  /** The value's own; null: there is nothing to be found in it. */
  readonly place: SecretPlace | null;
}

export class SecretFinder {
  readonly #text: Uint8Array;
  readonly #into: Span[];

  /** `into`: where the secrets' spans are put, in no order; one may lie inside another. */
  constructor(text: Uint8Array, into: Span[]) {
    this.#text = text;
    this.#into = into;
  }

  /** The offset behind the value, or `malformed`. */
  find({ at, depth, place }: Value): number {
    return this.#value(at, depth, place);
  }

  // Positions, not objects: this is called for every value.
  #value(at: number, depth: number, place: SecretPlace | null): number {
    if (place?.isSecret === true) {
      const end = this.#value(at, depth, null);
      if (end !== malformed) this.#into.push({ start: at, end });
      return end;
    }
    switch (this.#text[at]) {
      case quote:
        return skipString(this.#text, at);
      case openBrace:
        return this.#object(at, depth, place);
      case openBracket:
        return this.#array(at, depth, place);
      default:
        return skipScalar(this.#text, at);
    }
  }

  #object(at: number, depth: number, place: SecretPlace | null): number {
    if (depth >= maxJsonDepth) return malformed;
    const text = this.#text;
    const looksInside = place?.looksIntoObjects === true;
    let i = skipSpace(text, at + 1);
    if (text[i] === closeBrace) return i + 1;
    for (;;) {
      const start = i;
      const end = skipString(text, start);
      if (end === malformed) return malformed;
      i = skipSpace(text, end);
      if (text[i] !== colon) return malformed;
      const inside = looksInside ? place.member(text, { start, end }) : null;
      i = this.#value(skipSpace(text, i + 1), depth + 1, inside);
      if (i === malformed) return malformed;
      i = skipSpace(text, i);
      if (text[i] === closeBrace) return i + 1;
      if (text[i] !== comma) return malformed;
      i = skipSpace(text, i + 1);
    }
  }

  #array(at: number, depth: number, place: SecretPlace | null): number {
    if (depth >= maxJsonDepth) return malformed;
    const text = this.#text;
    const looksInside = place?.looksIntoArrays === true;
    if (!looksInside && seemsLong(text, at)) {
      const numbers = scanNumbers(text, at, maxJsonDepth - depth);
      if (numbers !== null) return numbers.end;
    }
    let i = skipSpace(text, at + 1);
    if (text[i] === closeBracket) return i + 1;
    for (let index = 0; ; index += 1) {
      i = this.#value(i, depth + 1, looksInside ? place.element(index) : null);
      if (i === malformed) return malformed;
      i = skipSpace(text, i);
      if (text[i] === closeBracket) return i + 1;
      if (text[i] !== comma) return malformed;
      i = skipSpace(text, i + 1);
    }
  }
}

/** Does it begin like a long array of numbers, or of arrays of them? */
function seemsLong(text: Uint8Array, at: number): boolean {
  let level = 0;
  for (let i = at; i < at + longBytes; i += 1) {
    const byte = text[i];
    if (byte === openBracket) level += 1;
    else if (byte === closeBracket) level -= 1;
    if (level === 0 || byte === quote || byte === openBrace || byte === undefined) return false;
  }
  return true;
}
