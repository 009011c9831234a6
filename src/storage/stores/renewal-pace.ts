// A token is refused on many connections at once: how often is it dropped?

/** Whoever is refused within this time after a renewal was sent with what was there before. */
const onceInMs = 10_000;

export class RenewalPace {
  #lastMs = Number.NEGATIVE_INFINITY;

  /** False: it was just done. */
  begin(nowMs: number): boolean {
    if (nowMs - this.#lastMs < onceInMs) return false;
    this.#lastMs = nowMs;
    return true;
  }
}
