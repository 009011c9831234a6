// How many calls at once does a new runtime bear? More and more are sent, each request its own call, until they slow each other.
//
// A call among n takes as long as one alone as long as n slots are there, then n / slots times as long: Little's law.

/** Calls that run alone at first: the very first one may be slow because of what is loaded for it. */
const aloneCalls = 2;
/** A runtime that fails tells no times, but nobody is to wait for that. */
const failuresInRow = 2;
const growth = 4;
const slotsAtMost = 64;
/** Answers of a step at least, and half of the most that were out. */
const samplesAtLeast = 3;
/** In log2 of the mean: closer to twice as long than to as long. */
const queuedAt = 0.5;

export class SlotStart {
  #aloneLeft = aloneCalls;
  #failures = 0;
  #proven = 1;
  #most = 0;
  #samples = 0;
  #doubt = 0;
  #among = 0;
  #factor = 0;

  /** So many calls at once are no slower than one. */
  get proven(): number {
    return this.#proven;
  }

  /** So many calls may be out. */
  get window(): number {
    if (this.#failures >= failuresInRow) return slotsAtMost;
    return this.#aloneLeft > 0 ? 1 : Math.min(slotsAtMost, growth * this.#proven);
  }

  failed(): void {
    this.#failures++;
  }

  /**
   * A call that was sent as one of `among` is answered, and took `factor` times as long as one alone. The slots, once there
   * are fewer of them than calls were out; null: so far there seem to be enough.
   */
  answered(among: number, factor: number): number | null {
    this.#failures = 0;
    if (among === 1) this.#aloneLeft--;
    if (among <= this.#proven || this.#aloneLeft > 0) return null;
    this.#most = Math.max(this.#most, among);
    this.#samples++;
    this.#among += among;
    this.#factor += Math.max(1, factor);
    this.#doubt += Math.max(0, Math.min(1, Math.log2(factor)));
    if (this.#samples < Math.max(samplesAtLeast, this.#most / 2)) return null;
    // Rounded down: one too few shows at once in a trial; of one too many, two turns for four calls look like two for five.
    if (this.#doubt > queuedAt * this.#samples) return Math.max(1, Math.floor(this.#among / this.#factor));
    this.#next(this.#most);
    return null;
  }

  #next(proven: number): void {
    this.#proven = proven;
    this.#most = 0;
    this.#samples = 0;
    this.#doubt = 0;
    this.#among = 0;
    this.#factor = 0;
  }
}
