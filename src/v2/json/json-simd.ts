// Large arrays of numbers read 64 bytes a step: the same answers as json-array.ts, or null to say that a loop over bytes must.
// What stands for a number is not checked beyond its bytes (`1-2` passes): the runtime judges that. Brackets and commas are.
import type { ArrayScan } from './json-array.ts';
import type { Span } from './json-scan.ts';
import { jsonSimdModule } from './json-simd-module.ts';

/** json-simd.wat. Its state is one for all, so a reading is finished before the next begins. */
interface Scanner {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly outcome: { readonly value: number };
  readonly elements: { readonly value: number };
  readonly leaves: { readonly value: number };
  readonly deepest: { readonly value: number };
  readonly blanks: { readonly value: bigint };
  begin(maxLevels: number): void;
  /** Reads whole steps of window bytes [at, to) and returns where it stopped, and why in `outcome`. */
  scan(at: number, to: number, target: number): number;
}

/** What is needed of WebAssembly, which the types of ECMAScript leave out. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Scanner };
}

// Outcomes of a scan, as json-simd.wat has them.
const more = 0;
const strange = 3;

const stepBytes = 64;
/** The page but for a step of zeros, which end the pass when the text ends inside the array. */
const windowBytes = 65_536 - stepBytes;
/** Copied first: the array may be short however long the text is. */
const firstWindowBytes = 4096;
const toTheEnd = 2 ** 31 - 1;

/** Null: no array of numbers only, or malformed, or over `maxLevels` arrays deep, or this Node.js has no WebAssembly. */
export function scanNumbers(text: Uint8Array, start: number, maxLevels: number): ArrayScan | null {
  const scanner = openScanner();
  if (scanner === null) return null;
  scanner.begin(maxLevels);
  const end = new Reading(scanner, text, start).seek(toTheEnd);
  if (end === -1) return null;
  return {
    start,
    end,
    elements: scanner.elements.value,
    leaves: scanner.leaves.value,
    arrayDepth: scanner.deepest.value,
    hasObjects: false,
    compact: scanner.blanks.value === 0n,
  };
}

/** The offsets of the elements of those indexes, which rise and are inside the array; null as above. */
export function seekNumbers(text: Uint8Array, { start }: Span, indexes: readonly number[]): number[] | null {
  const scanner = openScanner();
  if (scanner === null) return null;
  scanner.begin(toTheEnd);
  const reading = new Reading(scanner, text, start);
  const offsets: number[] = [];
  for (const index of indexes) {
    const offset = reading.seek(index);
    if (offset === -1) return null;
    offsets.push(offset);
  }
  return offsets;
}

/** One pass over a text, of which the scanner sees a window at a time. */
class Reading {
  readonly #scanner: Scanner;
  readonly #text: Uint8Array;
  readonly #window: Uint8Array;
  /** Offset in the text of the window's first byte. */
  #base = 0;
  #at = 0;
  #to = 0;

  constructor(scanner: Scanner, text: Uint8Array, start: number) {
    this.#scanner = scanner;
    this.#text = text;
    this.#window = new Uint8Array(scanner.memory.buffer);
    this.#load(start, firstWindowBytes);
  }

  /** The offset of the value directly inside that `target` others precede, or behind the array; -1: ask somebody else. */
  seek(target: number): number {
    for (;;) {
      this.#at = this.#scanner.scan(this.#at, this.#to, target);
      const outcome = this.#scanner.outcome.value;
      if (outcome === strange) return -1;
      if (outcome !== more) return this.#base + this.#at;
      if (this.#base + this.#at >= this.#text.length) return -1;
      this.#load(this.#base + this.#at, windowBytes);
    }
  }

  #load(base: number, maxBytes: number): void {
    const bytes = Math.min(maxBytes, this.#text.length - base);
    this.#window.set(this.#text.subarray(base, base + bytes));
    this.#base = base;
    this.#at = 0;
    this.#to = bytes;
    if (base + bytes < this.#text.length) return;
    this.#window.fill(0, bytes, bytes + stepBytes);
    this.#to = bytes + stepBytes - 1; // the last step may be a part of one
  }
}

const opened: { scanner?: Scanner | null } = {};

/** Compiled when the first large array comes: most processes never see one. */
function openScanner(): Scanner | null {
  if (opened.scanner === undefined) opened.scanner = instantiate();
  return opened.scanner;
}

function instantiate(): Scanner | null {
  const { WebAssembly: engine } = globalThis as { readonly WebAssembly?: Engine };
  if (engine === undefined) return null; // node --jitless
  try {
    return new engine.Instance(new engine.Module(Buffer.from(jsonSimdModule, 'base64'))).exports;
  } catch {
    return null; // a processor without vector instructions: the loop over bytes does the same, only slower
  }
}
