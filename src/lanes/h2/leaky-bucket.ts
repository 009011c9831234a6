// How often may something happen? So many times at once, and so many times a second for ever.

export interface BucketLimits {
  readonly burst: number;
  readonly perSecond: number;
}

export class LeakyBucket {
  readonly #limits: BucketLimits;
  #level = 0;
  #lastMs = 0;

  constructor(limits: BucketLimits) {
    this.#limits = limits;
  }

  /** One more at `nowMs`; false: too many. The clock is asked for only when the bucket is half full. */
  add(clock: () => number): boolean {
    const { burst, perSecond } = this.#limits;
    this.#level += 1;
    if (this.#level <= burst / 2) return true;
    const nowMs = clock();
    this.#level = Math.max(1, this.#level - ((nowMs - this.#lastMs) / 1000) * perSecond);
    this.#lastMs = nowMs;
    return this.#level <= burst;
  }

  empty(): void {
    this.#level = 0;
  }
}
