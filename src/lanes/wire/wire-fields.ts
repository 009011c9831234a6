// A header block that stays bytes: the lines as they go on the wire, strings only for who asks.
import type { HeaderBlock } from '../../http/header-block.ts';
import { COLON, LF, lowerToken } from './syntax.ts';

/**
 * Over `name: value CRLF` lines in exactly that spelling: one space, none behind the value (RFC 9112 5). Takes ownership of
 * the bytes, which nobody changes any more.
 */
export class WireFields implements HeaderBlock {
  readonly #bytes: Buffer;
  /** Of each line where its name begins, where its colon is and where its value ends; made when somebody asks. */
  #index: readonly number[] | null = null;
  /** Name, value, name, value, …: made when somebody asks for all, which who asks of a head that repeats itself does again. */
  #flat: readonly string[] | null = null;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get wireBytes(): number {
    return this.#bytes.length;
  }

  copyTo(target: Buffer, at: number): number {
    return at + this.#bytes.copy(target, at);
  }

  get(name: string): string | undefined {
    const index = this.#lines();
    for (let i = 0; i < index.length; i += 3) {
      const start = index[i] as number;
      const colon = index[i + 1] as number;
      if (colon - start === name.length && this.#isNamed(start, name))
        return this.#value(colon, index[i + 2] as number);
    }
    return undefined;
  }

  *[Symbol.iterator](): Generator<readonly [string, string]> {
    const flat = this.#strings();
    for (let i = 0; i < flat.length; i += 2) yield [flat[i] as string, flat[i + 1] as string];
  }

  write(into: string[]): string[] {
    for (const part of this.#strings()) into.push(part);
    return into;
  }

  #strings(): readonly string[] {
    if (this.#flat !== null) return this.#flat;
    const index = this.#lines();
    const flat: string[] = [];
    for (let i = 0; i < index.length; i += 3) {
      const colon = index[i + 1] as number;
      flat.push(this.#bytes.toString('latin1', index[i], colon), this.#value(colon, index[i + 2] as number));
    }
    this.#flat = flat;
    return flat;
  }

  #value(colon: number, end: number): string {
    return this.#bytes.toString('latin1', colon + 2, end);
  }

  /** Names hold token bytes only: what has no lower-case form in the table equals none of them. */
  #isNamed(start: number, name: string): boolean {
    for (let i = 0; i < name.length; i++) {
      if (lowerToken[this.#bytes[start + i] as number] !== lowerToken[name.charCodeAt(i)]) return false;
    }
    return true;
  }

  #lines(): readonly number[] {
    this.#index ??= indexLines(this.#bytes);
    return this.#index;
  }
}

function indexLines(bytes: Buffer): number[] {
  const index: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = at;
    while (bytes[at] !== COLON) at++;
    const colon = at;
    while (bytes[at] !== LF) at++;
    index.push(start, colon, at - 1);
    at++;
  }
  return index;
}
