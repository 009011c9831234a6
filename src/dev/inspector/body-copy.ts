// The first bytes of a body, copied as they pass: memory of its own, so that what is counted is what is held.
import type { KeptBody } from './kept-exchange.ts';

/** Is there room for so many bytes more? What was granted is given back by whoever holds the copy. */
export type Reserve = (bytes: number) => boolean;

const maxCopiedBytes = 256 * 1024;

export class BodyCopy {
  #reserve: Reserve | null;
  /** Full at first; beyond the first chunk with room for more, since a stream may come byte by byte. */
  #copy: Buffer | null = null;
  #copiedBytes = 0;
  #passedBytes = 0;

  /** Null: its bytes are only counted. */
  constructor(reserve: Reserve | null) {
    this.#reserve = reserve;
  }

  add(chunk: Uint8Array): void {
    this.#passedBytes += chunk.length;
    const wanted = Math.min(chunk.length, maxCopiedBytes - this.#copiedBytes);
    if (wanted === 0) return;
    const copy = this.#withRoomFor(wanted);
    if (copy === null) return;
    copy.set(wanted === chunk.length ? chunk : chunk.subarray(0, wanted), this.#copiedBytes);
    this.#copiedBytes += wanted;
  }

  get passedBytes(): number {
    return this.#passedBytes;
  }

  /** That are held. */
  get bytes(): number {
    return this.#copy?.length ?? 0;
  }

  /** Null: nothing is kept. */
  get body(): KeptBody | null {
    if (this.#reserve === null) return null;
    return { bytes: this.#copy?.subarray(0, this.#copiedBytes) ?? Buffer.alloc(0), passedBytes: this.#passedBytes };
  }

  /** From here on its bytes are only counted. */
  drop(): void {
    this.#reserve = null;
    this.#copy = null;
    this.#copiedBytes = 0;
  }

  /** Null: there is none. */
  #withRoomFor(bytes: number): Buffer | null {
    const [copied, held] = [this.#copiedBytes, this.bytes];
    if (this.#copy !== null && copied + bytes <= held) return this.#copy;
    const enough = Math.max(copied + bytes, Math.min(2 * held, maxCopiedBytes));
    if (this.#reserve?.(enough - held) !== true) return null;
    const larger = Buffer.allocUnsafeSlow(enough); // of its own: one of node's pool would hold what others left there
    if (this.#copy !== null) larger.set(this.#copy.subarray(0, copied));
    this.#copy = larger;
    return larger;
  }
}
