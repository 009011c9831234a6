// One timer for everything that a sender waits for: the earliest counts, and there is none while nothing waits.
import type { Clock } from './clock.ts';

/** The longest timer of node; whoever is woken too early looks and sleeps again. */
const longestMs = 2 ** 31 - 1;

export class WakeTimer {
  readonly #clock: Clock;
  readonly #wake: () => void;
  #atMs: number | null = null;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  get isSet(): boolean {
    return this.#atMs !== null;
  }

  /** When to wake next, in place of what was asked before; null: not at all. */
  set(atMs: number | null): void {
    if (atMs === this.#atMs) return;
    this.#cancel();
    this.#atMs = atMs;
    this.#cancel = () => undefined;
    if (atMs === null) return;
    const afterMs = Math.min(longestMs, Math.max(0, Math.ceil(atMs - this.#clock.nowMs())));
    this.#cancel = this.#clock.after(afterMs, () => {
      this.#atMs = null;
      this.#wake();
    });
  }
}
