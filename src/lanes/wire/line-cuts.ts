// What to leave out of a head's field lines when they go on: whole lines, and blanks that nobody else would write.
import type { FieldLine } from './field-line.ts';
import { SP } from './syntax.ts';

const maxCuts = 64; // a head that needs more is left to node:http

/** Places in wire order. One for all heads: a head is read in one go. */
export class LineCuts {
  readonly #from = new Int32Array(maxCuts);
  readonly #to = new Int32Array(maxCuts);
  readonly #spaced = new Uint8Array(maxCuts); // 1: a space stands where the cut was
  #count = 0;
  #linesStart = 0;
  #cutBytes = 0;

  /** Field lines begin at `linesStart`. */
  begin(linesStart: number): void {
    this.#linesStart = linesStart;
    this.#count = 0;
    this.#cutBytes = 0;
  }

  /** Leaves `[from, to)` out. False: too many cuts. */
  drop(from: number, to: number): boolean {
    const last = this.#count - 1;
    if (last >= 0 && this.#to[last] === from) {
      this.#to[last] = to;
      this.#cutBytes += to - from;
      return true;
    }
    return this.#add(from, to, 0);
  }

  /** Leaves the line as `name: value CRLF`. False: too many cuts. */
  respace(bytes: Uint8Array, { nameEnd, valueStart, valueEnd, end }: FieldLine): boolean {
    const spaced = bytes[nameEnd + 1] === SP && valueStart === nameEnd + 2;
    if (!spaced && !this.#add(nameEnd + 1, valueStart, 1)) return false;
    return valueEnd === end || this.#add(valueEnd, end, 0);
  }

  /** Bytes that are left of lines that end at `linesEnd`. */
  leftBytes(linesEnd: number): number {
    return linesEnd - this.#linesStart - this.#cutBytes;
  }

  /** Copies what is left to the start of `target`, which has room; returns where it ends. */
  copyLeft(bytes: Buffer, linesEnd: number, target: Buffer): number {
    let written = 0;
    let at = this.#linesStart;
    for (let i = 0; i < this.#count; i++) {
      written += copyRun(bytes, at, this.#from[i] as number, target, written);
      if (this.#spaced[i] === 1) target[written++] = SP;
      at = this.#to[i] as number;
    }
    return written + copyRun(bytes, at, linesEnd, target, written);
  }

  #add(from: number, to: number, spaced: number): boolean {
    if (this.#count === maxCuts) return false;
    this.#from[this.#count] = from;
    this.#to[this.#count] = to;
    this.#spaced[this.#count] = spaced;
    this.#count++;
    this.#cutBytes += to - from - spaced;
    return true;
  }
}

const shortRun = 48; // bytes: below it a loop is faster than a call

function copyRun(bytes: Buffer, from: number, to: number, target: Buffer, at: number): number {
  const length = to - from;
  if (length > shortRun) bytes.copy(target, at, from, to);
  else for (let i = 0; i < length; i++) target[at + i] = bytes[from + i] as number;
  return length;
}
