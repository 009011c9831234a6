// The runtime in simulated time: t(rows) = a + c * rows on k slots, first come, first served; or all at once on k processors.
import type { Timeline } from './timeline.ts';

interface Call {
  leftMs: number;
  readonly done: (atMs: number, ok: boolean) => void;
}

export interface SimulatedRuntimeOptions {
  readonly timeline: Timeline;
  readonly slots: number;
  /** All calls are worked on, and slow each other down as soon as they are more than `slots`. */
  readonly shared?: boolean;
  readonly timeMs: (rows: number) => number;
  readonly fails?: () => boolean;
}

export class SimulatedRuntime {
  readonly #timeline: Timeline;
  slots: number;
  readonly #shared: boolean;
  readonly #timeMs: (rows: number) => number;
  readonly #fails: () => boolean;
  readonly #waiting: Call[] = [];
  #running: Call[] = [];
  #workedMs = 0; // up to when the calls were moved on
  #plan = 0;

  constructor({ timeline, slots, shared = false, timeMs, fails = () => false }: SimulatedRuntimeOptions) {
    this.#timeline = timeline;
    this.slots = slots;
    this.#shared = shared;
    this.#timeMs = timeMs;
    this.#fails = fails;
  }

  /** A call of so many rows gets there at `atMs`. */
  run(atMs: number, rows: number, done: Call['done']): void {
    this.#timeline.at(atMs, () => {
      this.#work();
      this.#waiting.push({ leftMs: this.#timeMs(rows), done });
      this.#start();
    });
  }

  /** Of a millisecond, what each call gets. */
  get #speed(): number {
    return Math.min(1, this.slots / this.#running.length);
  }

  #work(): void {
    const workedMs = (this.#timeline.nowMs - this.#workedMs) * this.#speed;
    for (const call of this.#running) call.leftMs -= workedMs;
    this.#workedMs = this.#timeline.nowMs;
  }

  #start(): void {
    while (this.#waiting.length > 0 && (this.#shared || this.#running.length < this.slots)) {
      this.#running.push(this.#waiting.shift() as Call);
    }
    if (this.#running.length === 0) return;
    const plan = ++this.#plan;
    const leftMs = Math.min(...this.#running.map((call) => call.leftMs));
    this.#timeline.at(this.#timeline.nowMs + Math.max(0, leftMs) / this.#speed, () => {
      if (plan === this.#plan) this.#finish();
    });
  }

  #finish(): void {
    this.#work();
    const done = this.#running.filter(({ leftMs }) => leftMs <= 1e-9);
    this.#running = this.#running.filter(({ leftMs }) => leftMs > 1e-9);
    for (const call of done) call.done(this.#timeline.nowMs, !this.#fails());
    this.#start();
  }
}
