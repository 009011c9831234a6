// Gives yauzl the bytes it asks for: a window at a time, and never a place that node:fs throws for.
import { readSync } from 'node:fs';
import { RandomAccessReader } from 'yauzl';

const windowBytes = 64 * 1024;

/** Of an open file, which stays its owner's. */
export class ZipFileReader extends RandomAccessReader {
  readonly #fd: number;
  readonly #window = Buffer.alloc(windowBytes);
  #windowStart = 0;
  #windowEnd = 0;

  constructor(fd: number) {
    super();
    this.#fd = fd;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    const error = this.#copy(buffer.subarray(offset, offset + length), position);
    queueMicrotask(() => callback(error));
  }

  /** Offsets of a zip are 64 bits wide and whatever somebody wrote there. */
  #copy(into: Buffer, position: number): Error | null {
    if (!Number.isSafeInteger(position + into.length)) return new Error('an offset points beyond the end of the file');
    try {
      for (let at = 0; at < into.length; ) {
        const from = position + at;
        if (from < this.#windowStart || from >= this.#windowEnd) this.#load(from);
        if (this.#windowEnd === from) return new Error('the file ends too early');
        at += this.#window.copy(into, at, from - this.#windowStart, this.#windowEnd - this.#windowStart);
      }
      return null;
    } catch (error) {
      return error as Error;
    }
  }

  #load(position: number): void {
    this.#windowStart = position;
    this.#windowEnd = position + readSync(this.#fd, this.#window, 0, windowBytes, position);
  }
}
