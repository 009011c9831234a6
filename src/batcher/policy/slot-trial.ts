// Do `many` calls sent at once take as long as `few` of the same size, or twice as long?
//
// Both are tried right after each other, again and again: no fit, no memory, no absolute time takes part, so that a runtime
// that warms up or a noisy machine changes both sides. Calls that share one processor are all slower, and show as queued too.

/** So much more evidence for the other answer than for the one that was believed changes the mind. */
const changeAt = { queued: 3, free: 4 };
/** What each pair counts for the one that was believed: it has a price, and may show nothing for ever. */
const keepEach = 0.1;
/** Of the calls that one burst has more than the other, so many may be the last of either without counting. */
const spareShare = 0.25;
/** Times of calls are skewed: the longest of many is a little longer than that of few, although all are free. */
const skew = 1.06;
/** The burst with the most rows a call has so much more of them at most. */
const unlikeRows = 1.25;

export interface Burst {
  readonly calls: number;
  readonly rowsEach: number;
  /** The answer whose time counts, from 1: not the last where many are sent, since one of them is often slow. */
  readonly countsAt: number;
}

export type Verdict = 'free' | 'queued';

export interface SlotTrialOptions {
  readonly few: number;
  readonly many: number;
  readonly believed: Verdict;
  readonly keepAt: number;
  /** Of a call. */
  readonly rowsAtMost: number;
}

export class SlotTrial {
  readonly few: number;
  readonly many: number;
  readonly believed: Verdict;
  /** So much more evidence for what was believed ends the trial. */
  readonly #keepAt: number;
  readonly #rowsAtMost: number;
  #manyNext = false;
  #burst: Burst | null = null;
  #first: { readonly rowsEach: number; readonly tookMs: number } | null = null;
  #doubt = 0;

  constructor(options: SlotTrialOptions) {
    this.few = options.few;
    this.many = options.many;
    this.believed = options.believed;
    this.#keepAt = options.keepAt;
    this.#rowsAtMost = options.rowsAtMost;
  }

  /** What to send at once to an idle runtime, of so many rows that wait; null: they are too few. */
  next(rows: number): Burst | null {
    this.#burst = null;
    if (rows < this.many) return null;
    const calls = this.#manyNext ? this.many : this.few;
    const even = Math.floor(rows / this.many);
    const first = this.#first?.rowsEach ?? Math.min(even, this.#rowsAtMost);
    const spare = Math.floor(spareShare * (this.many - this.few));
    this.#burst = { calls, rowsEach: Math.min(even, first), countsAt: calls - spare };
    return this.#burst;
  }

  /** From the first send to the answer that counts, of that burst. Null: not decided yet. */
  took(tookMs: number): Verdict | null {
    if (this.#burst === null) return null;
    const { rowsEach } = this.#burst;
    const wasMany = this.#manyNext;
    const first = this.#first;
    this.#burst = null;
    if (first === null || first.rowsEach > unlikeRows * rowsEach) {
      this.#first = { rowsEach, tookMs };
      this.#manyNext = !wasMany;
      return null;
    }
    this.#first = null; // the next pair begins with what this one ended with: what gets faster favours neither
    return this.#weigh(wasMany ? tookMs / first.tookMs : first.tookMs / tookMs);
  }

  /** `ratio`: 1 if they are worked on at once; if not 2, or many/few where all calls share what there is. */
  #weigh(ratio: number): Verdict | null {
    const neutralRatio = skew * Math.sqrt(this.many / this.few);
    const queued = Math.max(-1, Math.min(1, 2 * Math.log2(ratio / neutralRatio)));
    this.#doubt += (this.believed === 'free' ? queued : -queued) - keepEach;
    if (this.#doubt <= -this.#keepAt) return this.believed;
    if (this.#doubt < changeAt[this.believed]) return null;
    return this.believed === 'free' ? 'queued' : 'free';
  }
}
