// Work that is done when something else happens, or, when that takes its time, a few milliseconds from now: one timer for all of it.

export class Patience {
  readonly #leastMs: number;
  #young: (() => void)[] = [];
  #old: (() => void)[] = [];
  #timer: NodeJS.Timeout | null = null;

  /** Work is done after this time, and before twice of it is over. */
  constructor(leastMs: number) {
    this.#leastMs = leastMs;
  }

  /** `work` is called in any case: it must not mind that it was done meanwhile. */
  add(work: () => void): void {
    this.#young.push(work);
    this.#timer ??= this.#wait();
  }

  #wait(): NodeJS.Timeout {
    return setTimeout(() => {
      const due = this.#old;
      this.#old = this.#young;
      this.#young = [];
      this.#timer = this.#old.length > 0 ? this.#wait() : null;
      for (const work of due) work();
    }, this.#leastMs).unref();
  }
}
