// Where the reads of one connection land: the buffer that all share, or one of its own while a large body runs.
import type { ReadBuffers } from '../socket/read-buffers.ts';

export class ReadPlace {
  readonly #buffers: ReadBuffers;
  #own: Buffer | null = null;
  #wanted = false;
  #lentOn = false; // a part of the own buffer is being written to the runtime

  constructor(buffers: ReadBuffers) {
    this.#buffers = buffers;
  }

  /** Views of it may be lent on; those of any other buffer must be copied. */
  isOwn(bytes: Buffer): boolean {
    return bytes === this.#own;
  }

  /** A large body runs, or runs no more. */
  set wanted(wanted: boolean) {
    this.#wanted = wanted;
  }

  /** For the next read: SocketReader.buffer(). */
  next(): Buffer {
    if (this.#lentOn) return this.#buffers.shared;
    if (!this.#wanted) this.#giveBack();
    else this.#own ??= this.#buffers.lend();
    return this.#own ?? this.#buffers.shared;
  }

  /** The own buffer is read into no more until `freed()`. */
  lendOn(): void {
    this.#lentOn = true;
  }

  freed(): void {
    if (!this.#lentOn) return;
    this.#lentOn = false;
    if (!this.#wanted) this.#giveBack(); // the handle has had another one since
  }

  /** Nobody tells any more when a write of its bytes is over: a buffer that is lent on is never used again. */
  abandon(): void {
    this.#wanted = false;
    if (!this.#lentOn || this.#own === null) return;
    this.#buffers.lose(this.#own);
    this.#own = null;
    this.#lentOn = false;
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
