// Clocks for tests: one that stands still until it is moved, and one that runs faster than the world.
import { setImmediate as turn } from 'node:timers/promises';
import { type Clock, systemClock } from '../../../src/logger/delivery/clock.ts';
import { seededRandom } from '../random.ts';

interface Alarm {
  readonly atMs: number;
  readonly callback: () => void;
}

/** Whatever was put off until later turns of the event loop is done. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 4; i += 1) await turn();
}

export class ManualClock implements Clock {
  readonly random: () => number;
  readonly #startMs = Math.ceil(performance.now()); // whole, so that sums and differences are exact
  readonly #alarms = new Set<Alarm>();
  #passedMs = 0;

  constructor(seed = 1) {
    this.random = seededRandom(seed);
  }

  nowMs(): number {
    return this.#startMs + this.#passedMs;
  }

  wallMs(): number {
    return Date.UTC(2026, 10, 21) + this.#passedMs;
  }

  after(ms: number, callback: () => void): () => void {
    const alarm = { atMs: this.#passedMs + ms, callback };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** Alarms that are set. */
  get alarms(): number {
    return this.#alarms.size;
  }

  get passedMs(): number {
    return this.#passedMs;
  }

  /** So much time passes, with all that happens in it. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#passedMs + ms;
    await settled();
    for (;;) {
      let next: Alarm | null = null;
      for (const alarm of this.#alarms) if (next === null || alarm.atMs < next.atMs) next = alarm;
      if (next === null || next.atMs > endMs) break;
      this.#alarms.delete(next);
      this.#passedMs = Math.max(this.#passedMs, next.atMs);
      next.callback();
      await settled();
    }
    this.#passedMs = endMs;
  }
}

/** For real sockets: waits take a hundredth of their time. */
export function hurriedClock(): Clock {
  const times = 100;
  const startMs = performance.now();
  return {
    ...systemClock,
    nowMs: () => startMs + (performance.now() - startMs) * times,
    after: (ms, callback) => systemClock.after(ms / times, callback),
  };
}
