// Where the reads of one connection land: the buffer that all share, or one of its own while a large body runs.
import type { ReadBuffers } from '../socket/read-buffers.ts';

/** A read behind bytes that are lent on has so much room at least; with less of it left it lands in the shared buffer. */
const leastRoomBytes = 65_536;

export class ReadPlace {
  readonly #buffers: ReadBuffers;
  #own: Buffer | null = null;
  #wanted = false;
  #lentEnd = 0; // of the part of the own buffer that is being written to the runtime; 0: none is

  constructor(buffers: ReadBuffers) {
    this.#buffers = buffers;
  }

  /** A large body runs, or runs no more. */
  set wanted(wanted: boolean) {
    this.#wanted = wanted;
  }

  /** For the next read: SocketReader.buffer(). */
  next(): Buffer {
    const { shared } = this.#buffers;
    if (!this.#wanted) {
      if (this.#lentEnd === 0) this.#giveBack();
      return shared;
    }
    this.#own ??= this.#buffers.lend();
    if (this.#own === null || this.#lentEnd === 0) return this.#own ?? shared;
    return this.hasRoom ? this.#own.subarray(this.#lentEnd) : shared;
  }

  /** Behind what is lent on, in the own buffer. */
  get hasRoom(): boolean {
    return this.#own !== null && this.#own.length - this.#lentEnd >= leastRoomBytes;
  }

  /** The same bytes where they may be lent on, while a large body runs: reads of the shared buffer move to the own one. */
  keep(chunk: Buffer): Buffer {
    if (chunk.buffer === this.#own?.buffer) return chunk;
    this.#own ??= this.#buffers.lend();
    if (this.#own === null || this.#lentEnd > 0) return Buffer.from(chunk);
    chunk.copy(this.#own);
    return this.#own.subarray(0, chunk.length);
  }

  /** What `keep` returned last is not read over until `freed()`. */
  lendOn(chunk: Buffer): void {
    if (chunk.buffer === this.#own?.buffer) this.#lentEnd = chunk.byteOffset - this.#own.byteOffset + chunk.length;
  }

  freed(): void {
    if (this.#lentEnd === 0) return;
    this.#lentEnd = 0;
    if (!this.#wanted) this.#giveBack(); // the handle has had another one since
  }

  /** Nobody tells any more when a write of its bytes is over: a buffer that is lent on is never used again. */
  abandon(): void {
    this.#wanted = false;
    if (this.#lentEnd === 0 || this.#own === null) return;
    this.#buffers.lose(this.#own);
    this.#own = null;
    this.#lentEnd = 0;
  }

  /** The connection is closed, or not ours any more. */
  close(): void {
    this.abandon();
    this.#giveBack();
  }

  #giveBack(): void {
    if (this.#own !== null) this.#buffers.giveBack(this.#own);
    this.#own = null;
  }
}
