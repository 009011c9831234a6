// The runtime in simulated time: t(rows) = a + c * rows on k slots, first come, first served.
import type { Timeline } from './timeline.ts';

interface Waiting {
  readonly rows: number;
  readonly done: (atMs: number, ok: boolean) => void;
}

export class SimulatedRuntime {
  readonly #timeline: Timeline;
  readonly #slots: number;
  readonly #waiting: Waiting[] = [];
  #busy = 0;
  readonly timeMs: (rows: number) => number;
  readonly fails: () => boolean;

  constructor(options: {
    readonly timeline: Timeline;
    readonly slots: number;
    readonly timeMs: (rows: number) => number;
    readonly fails?: () => boolean;
  }) {
    this.#timeline = options.timeline;
    this.#slots = options.slots;
    this.timeMs = options.timeMs;
    this.fails = options.fails ?? (() => false);
  }

  /** A call of so many rows gets there at `atMs`. */
  run(atMs: number, rows: number, done: Waiting['done']): void {
    this.#timeline.at(atMs, () => {
      this.#waiting.push({ rows, done });
      this.#start();
    });
  }

  #start(): void {
    const next = this.#busy < this.#slots ? this.#waiting.shift() : undefined;
    if (next === undefined) return;
    this.#busy++;
    this.#timeline.at(this.#timeline.nowMs + this.timeMs(next.rows), () => {
      this.#busy--;
      next.done(this.#timeline.nowMs, !this.fails());
      this.#start();
    });
  }
}
