// What the runner and the thread of a target say to each other.

export interface FuzzSettings {
  readonly name: string;
  readonly randomSeed: number;
  /** CPU time of the thread: how busy the machine is does not count. */
  readonly seconds: number;
  /** The input that is run just now, for whoever finds that it never ends. */
  readonly current: SharedArrayBuffer;
}

export type FuzzMessage =
  | { readonly kind: 'find'; readonly input: Uint8Array; readonly fault: string }
  | { readonly kind: 'end'; readonly runs: number; readonly seconds: number };

/** Above the longest input: seeds are what they are. */
export const currentBytes = 1024 * 1024;
const headInts = 2;

/** One input in shared memory, with the number of its run. */
export class CurrentInput {
  readonly #head: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(shared: SharedArrayBuffer) {
    this.#head = new Int32Array(shared, 0, headInts);
    this.#bytes = new Uint8Array(shared, headInts * Int32Array.BYTES_PER_ELEMENT);
  }

  write(input: Uint8Array): void {
    const bytes = Math.min(input.length, this.#bytes.length);
    this.#bytes.set(bytes === input.length ? input : input.subarray(0, bytes));
    this.#head[1] = bytes;
    Atomics.add(this.#head, 0, 1);
  }

  get run(): number {
    return Atomics.load(this.#head, 0);
  }

  read(): Buffer {
    return Buffer.from(this.#bytes.slice(0, this.#head[1]));
  }
}
