// Takes written files to the disk (fsync) while the next ones are being written: some at a time, the first failure kept.
import { close, fsync } from 'node:fs';
import { promisify } from 'node:util';

const fsyncOf = promisify(fsync);
const closeOf = promisify(close);

/** A disk takes a few at once; more only hold descriptors. */
const maxPending = 16;

export class FileFlusher {
  readonly #pending = new Set<Promise<void>>();
  #failure: Error | null = null;

  /** Owns `fd` from here on. Waits while too many are under way. @throws what an earlier fsync failed with */
  async add(fd: number): Promise<void> {
    const flushing: Promise<void> = this.#flush(fd).finally(() => this.#pending.delete(flushing));
    this.#pending.add(flushing);
    if (this.#pending.size >= maxPending) await Promise.race(this.#pending);
    this.#rise();
  }

  /** All are on the disk. @throws what an fsync failed with */
  async done(): Promise<void> {
    await this.settled();
    this.#rise();
  }

  /** Nothing is under way any more, well or badly. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async #flush(fd: number): Promise<void> {
    try {
      await fsyncOf(fd);
    } catch (error) {
      this.#failure ??= error as Error;
    }
    await closeOf(fd).catch((error: Error) => {
      this.#failure ??= error;
    });
  }

  #rise(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}
