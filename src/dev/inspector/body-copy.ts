// The first bytes of a body, copied as they pass: memory of its own, so that what is counted is what is held.
import type { KeptBody } from './kept-exchange.ts';

/** Is there room for so many bytes more? What was granted is given back by whoever holds the copy. */
export type Reserve = (bytes: number) => boolean;

const maxCopiedBytes = 256 * 1024;

export class BodyCopy {
  #reserve: Reserve | null;
  #pieces: Buffer[] | null = null;
  #bytes = 0;
  #passedBytes = 0;

  /** Null: its bytes are only counted. */
  constructor(reserve: Reserve | null) {
    this.#reserve = reserve;
  }

  add(chunk: Uint8Array): void {
    this.#passedBytes += chunk.length;
    const wanted = Math.min(chunk.length, maxCopiedBytes - this.#bytes);
    if (wanted === 0 || this.#reserve?.(wanted) !== true) return;
    const piece = Buffer.allocUnsafeSlow(wanted); // of its own: one of node's pool would hold what others left there
    piece.set(wanted === chunk.length ? chunk : chunk.subarray(0, wanted));
    if (this.#pieces === null) this.#pieces = [piece];
    else this.#pieces.push(piece);
    this.#bytes += wanted;
  }

  get passedBytes(): number {
    return this.#passedBytes;
  }

  /** That are held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Null: nothing is kept. */
  get body(): KeptBody | null {
    if (this.#reserve === null) return null;
    if (this.#pieces !== null && this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces, this.#bytes)];
    return { bytes: this.#pieces?.[0] ?? Buffer.alloc(0), passedBytes: this.#passedBytes };
  }

  /** From here on its bytes are only counted. */
  drop(): void {
    this.#reserve = null;
    this.#pieces = null;
    this.#bytes = 0;
  }
}
