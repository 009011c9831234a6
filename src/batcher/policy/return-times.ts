// How long after its answer does a client send again, and how long is it therefore worth to wait? A histogram that forgets.

/** Upper edges 0.1 ms * 1.35^i: from 0.1 to 30 ms. Fine where a decision turns on tenths, coarse where it does not. */
const edgesMs: readonly number[] = Array.from({ length: 20 }, (_, i) => 0.1 * 1.35 ** i);
const lastBin = edgesMs.length - 1;
const lowerMs = (bin: number): number => (bin === 0 ? 0 : (edgesMs[bin - 1] as number));
/** Each sample weighs so much more than the one before: the last 200 count. */
const growth = 1.005;
const rescaleAt = 1e9;
/** What a hold for nothing costs: a timer cannot be set to less than a millisecond, and comes late. */
const timerMs = 1.3;
/** Of several clients the last one decides: it is later than the mean. */
const severalRows = 1.5;
const severalFactor = 1.5;

/** What waiting could bring, and for whom. */
export interface Prospect {
  /** Since the last answer. */
  readonly elapsedMs: number;
  /** A batch less saves so much. */
  readonly overheadMs: number;
  /** Rows that are likely to come; a share `probability` of those that could. */
  readonly expectedRows: number;
  readonly probability: number;
  /** Rows that wait meanwhile; >= 1. */
  readonly waitingRows: number;
}

export class ReturnTimes {
  readonly #weights = new Float64Array(edgesMs.length);
  #total = 0;
  #next = 1;

  add(ms: number): void {
    let bin = 0;
    while (bin < lastBin && ms > (edgesMs[bin] as number)) bin++;
    this.#weights[bin] = (this.#weights[bin] as number) + this.#next;
    this.#total += this.#next;
    this.#next *= growth;
    if (this.#next > rescaleAt) this.#rescale();
  }

  /**
   * The further wait (ms) that gains most, 0: none gains. Holding b rows for w ms to have m more in the same batch pays if
   * b * w < overheadMs * m, so each bin that could be waited for is asked: how many rows by then, and at what cost?
   */
  bestWaitMs(prospect: Prospect): number {
    const { elapsedMs, overheadMs, expectedRows, probability, waitingRows } = prospect;
    if (this.#total === 0) return overheadMs * expectedRows > waitingRows * timerMs ? timerMs : 0;
    const scale = 1 / (1 - probability * this.#shareBy(elapsedMs)) / this.#total;
    const lateness = probability * (expectedRows > severalRows ? severalFactor : 1);
    let back = 0;
    let waitMs = 0;
    let best = 0;
    let bestMs = 0;
    for (let bin = 0; bin <= lastBin; bin++) {
      const high = edgesMs[bin] as number;
      if (high <= elapsedMs) continue;
      const low = Math.max(lowerMs(bin), elapsedMs);
      const share = ((this.#weights[bin] as number) * scale * (high - low)) / (high - lowerMs(bin));
      back += share;
      waitMs += share * ((low + high) / 2 - elapsedMs);
      const vain = Math.max(0, 1 - probability * back) * Math.max(high - elapsedMs, timerMs);
      const gain = overheadMs * expectedRows * back - waitingRows * (lateness * waitMs + vain);
      if (gain <= best) continue;
      best = gain;
      bestMs = high - elapsedMs;
    }
    return bestMs;
  }

  /** The share of returns that came within `ms`. */
  #shareBy(ms: number): number {
    let weight = 0;
    for (let bin = 0; bin <= lastBin && lowerMs(bin) < ms; bin++) {
      const high = edgesMs[bin] as number;
      const part = Math.min(1, (ms - lowerMs(bin)) / (high - lowerMs(bin)));
      weight += (this.#weights[bin] as number) * part;
    }
    return weight / this.#total;
  }

  #rescale(): void {
    this.#total = 0;
    for (const [bin, weight] of this.#weights.entries()) {
      this.#weights[bin] = weight / this.#next;
      this.#total += weight / this.#next;
    }
    this.#next = 1;
  }
}
