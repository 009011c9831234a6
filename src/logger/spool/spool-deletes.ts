// Rows of events that have ended: deleted with the next turn that writes, or soon without one, since after a crash they come again.

export interface DeletesOptions {
  /** Write a turn for them; may leave them here when it cannot be done now. */
  readonly flush: () => void;
}

const soonMs = 50;
/** When nothing could be written. */
const laterMs = 1_000;
const manyRows = 512;

export class SpoolDeletes {
  readonly #options: DeletesOptions;
  #ids: number[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(options: DeletesOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#ids.length === 0;
  }

  add(id: number): void {
    this.#ids.push(id);
    if (this.#ids.length % manyRows === 0) this.#options.flush();
    else this.#wait(soonMs);
  }

  /** They are in the hands of a turn now. */
  takeAll(): readonly number[] {
    const ids = this.#ids;
    this.#ids = [];
    this.stop();
    return ids;
  }

  /** The turn has failed. */
  giveBack(ids: readonly number[]): void {
    if (ids.length === 0) return;
    this.#ids = [...ids, ...this.#ids];
    this.#wait(laterMs);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #wait(forMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#options.flush();
      if (!this.isEmpty) this.#wait(laterMs);
    }, forMs).unref();
  }
}
