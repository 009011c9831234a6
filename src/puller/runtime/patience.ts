// How long an order may take in all, and the looks whether it is done: often at first, seldom later, until time is up.
import { setTimeout as wait } from 'node:timers/promises';

const firstPauseMs = 10;
const maxPauseMs = 1000;

/** The time that one order has, over all its calls and waits. */
export class Patience {
  readonly signal: AbortSignal;
  readonly #lastMs: number;

  constructor(limitMs: number, signal: AbortSignal) {
    this.signal = signal;
    this.#lastMs = performance.now() + limitMs;
  }

  /** At least 1, so that a call may always be tried; milliseconds. */
  get leftMs(): number {
    return Math.max(1, this.#lastMs - performance.now());
  }

  get over(): boolean {
    return performance.now() >= this.#lastMs;
  }

  /** @throws the reason of the signal */
  async pause(ms: number): Promise<void> {
    // Its own AbortError says less than the signal's reason.
    await wait(Math.min(ms, this.leftMs), undefined, { signal: this.signal }).catch(() => this.signal.throwIfAborted());
  }

  /** Asks until `look` gives something, at least once more when time is up; null: it never did. @throws as `look`, the reason of the signal */
  async until<Found>(look: () => Promise<Found | null>): Promise<Found | null> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, maxPauseMs)) {
      const last = this.over;
      const found = await look();
      if (found !== null || last) return found;
      await this.pause(pauseMs);
    }
  }
}
