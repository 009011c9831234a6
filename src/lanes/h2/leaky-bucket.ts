// How often may something happen? So many times at once, and so many times a second for ever.

export interface BucketLimits {
  readonly burst: number;
  readonly perSecond: number;
}

/** The first half of a burst asks for no clock, and leaks only by `empty`. */
export class LeakyBucket {
  readonly #limits: BucketLimits;
  #level = 0;
  #lastMs = 0; // of a level above half

  constructor(limits: BucketLimits) {
    this.#limits = limits;
  }

  /** One more; false: too many. */
  add(clock: () => number): boolean {
    const { burst, perSecond } = this.#limits;
    const half = burst / 2;
    this.#level += 1;
    if (this.#level <= half) return true;
    const nowMs = clock();
    const leaked = this.#level - 1 > half ? ((nowMs - this.#lastMs) / 1000) * perSecond : 0;
    this.#lastMs = nowMs;
    this.#level = Math.max(half, this.#level - leaked);
    return this.#level <= burst;
  }

  empty(): void {
    this.#level = 0;
  }
}
