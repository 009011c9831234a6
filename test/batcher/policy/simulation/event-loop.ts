// One thread as Node runs it: each turn takes timers, then all that can be read, then immediates; work takes time.
import type { Timeline } from './timeline.ts';

interface Work {
  readonly costMs: number;
  readonly run: () => void;
}

export class EventLoop {
  readonly #timeline: Timeline;
  #readable: Work[] = [];
  #immediates: (() => void)[] = [];
  #turnPlanned = false;
  #turn = 0;
  /** The clock of the thread: behind it lies what it has already worked off. */
  nowMs = 0;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** Something becomes readable at `atMs`, and takes `costMs` to handle. */
  read(atMs: number, costMs: number, run: () => void): void {
    this.#timeline.at(atMs, () => {
      this.#readable.push({ costMs, run });
      this.#plan();
    });
  }

  immediate(run: () => void): void {
    this.#immediates.push(run);
    this.#plan();
  }

  work(costMs: number): void {
    this.nowMs += costMs;
  }

  #plan(): void {
    if (this.#turnPlanned) return;
    this.#turnPlanned = true;
    this.#timeline.at(this.nowMs, () => this.#takeTurn());
  }

  #takeTurn(): void {
    this.#turn++;
    this.nowMs = Math.max(this.nowMs, this.#timeline.nowMs);
    const readable = this.#readable;
    this.#readable = [];
    for (const { costMs, run } of readable) {
      this.nowMs += costMs;
      run();
    }
    const immediates = this.#immediates;
    this.#immediates = [];
    for (const run of immediates) run();
    this.#turnPlanned = false;
    if (this.#readable.length > 0 || this.#immediates.length > 0) this.#plan();
  }

  get turn(): number {
    return this.#turn;
  }
}
