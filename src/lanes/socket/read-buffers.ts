// Where reads land: one shared buffer for everybody, and a few large ones, each lent to one connection while a large body runs.
/** A read that fills the shared buffer: more waits in the kernel. */
export const sharedReadBytes = 65_536;
/** Larger steps gained nothing (S3: 128 KB to 1 MB within 10 %), and cost memory for each body that runs. */
const lentBytes = 262_144;
/** 64 MiB at the most; a body beyond flows through the shared buffer in smaller steps. */
export const mostLent = 256;
/** Kept for the next bodies; the others of a burst go back to the system. */
const mostIdle = 16;

export class ReadBuffers {
  /** 64 KB, valid only until the reader's callback returns. */
  readonly shared = Buffer.allocUnsafeSlow(sharedReadBytes);
  readonly #idle: Buffer[] = []; // last in, first out: the one used last is still in the processor's cache
  readonly #lent = new Set<Buffer>();

  /** 256 KB for one connection, to be given back; null when too many are lent. */
  lend(): Buffer | null {
    if (this.#lent.size >= mostLent) return null;
    const buffer = this.#idle.pop() ?? Buffer.allocUnsafeSlow(lentBytes);
    this.#lent.add(buffer);
    return buffer;
  }

  /**
   * Only in the reader's `buffer()` call that hands out another one, or when the connection is closed or handed back, and when no
   * write of its bytes is pending: the handle keeps the last buffer that it was given. @throws Error when it is not lent
   */
  giveBack(buffer: Buffer): void {
    if (!this.#lent.delete(buffer)) throw new Error('a buffer was given back that is not lent');
    if (this.#idle.length < mostIdle) this.#idle.push(buffer);
  }

  /** Counted no more and never used again: some write of its bytes may still be pending, and nobody will tell when it is over. */
  lose(buffer: Buffer): void {
    this.#lent.delete(buffer);
  }
}
