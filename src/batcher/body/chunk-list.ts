// The chunks of a body until it is whole: one copy of each byte at most, and no more memory than the body, however finely it was cut.

/** A body of one-byte chunks would cost a hundred bytes of Buffer for each of them: chunks below this are copied together. */
const smallChunkBytes = 4_096;
const slabBytes = 16_384;

export class ChunkList {
  readonly #wholeBytes: number | null;
  readonly #allocate: (bytes: number) => Buffer;
  readonly #pieces: Buffer[] = [];
  #whole: Buffer | null = null;
  #bytes = 0;
  /** Where small chunks gather: from #slabStart to #slabEnd is not among the pieces yet. */
  #slab: Buffer | null = null;
  #slabStart = 0;
  #slabEnd = 0;

  /**
   * `wholeBytes`: the length of the body when it is known, and more is never added; else null. `allocate` is asked for so many
   * bytes or more when they come in several chunks.
   */
  constructor(wholeBytes: number | null, allocate: (bytes: number) => Buffer = Buffer.allocUnsafeSlow) {
    this.#wholeBytes = wholeBytes;
    this.#allocate = allocate;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The chunk itself may be kept: it must not change any more. */
  add(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.#wholeBytes !== null && chunk.length < this.#wholeBytes) {
      this.#whole ??= this.#allocate(this.#wholeBytes);
      chunk.copy(this.#whole, this.#bytes);
    } else if (chunk.length < smallChunkBytes) this.#gather(chunk);
    else {
      this.#closeSlab();
      this.#pieces.push(chunk);
    }
    this.#bytes += chunk.length;
  }

  /** All that was added so far, in order. */
  pieces(): readonly Buffer[] {
    this.#closeSlab();
    return this.#whole === null ? this.#pieces : [this.#whole.subarray(0, this.#bytes)];
  }

  /** All that was added so far, as one. */
  joined(): Buffer {
    const pieces = this.pieces();
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, this.#bytes);
  }

  #gather(chunk: Buffer): void {
    if (this.#slab === null || this.#slabEnd + chunk.length > this.#slab.length) {
      this.#closeSlab();
      this.#slab = Buffer.allocUnsafeSlow(slabBytes);
      this.#slabStart = this.#slabEnd = 0;
    }
    chunk.copy(this.#slab, this.#slabEnd);
    this.#slabEnd += chunk.length;
  }

  #closeSlab(): void {
    if (this.#slab === null || this.#slabStart === this.#slabEnd) return;
    this.#pieces.push(this.#slab.subarray(this.#slabStart, this.#slabEnd));
    this.#slabStart = this.#slabEnd;
  }
}
