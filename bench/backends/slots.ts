// The instances of the runtime stub: so many calls are worked on at once, the others wait in order of arrival.

import { PreciseTimer } from '../batching/precise-timer.ts';

export interface Job {
  readonly durationMs: number;
  /** `serviceMs`: from a free slot to now. */
  done(serviceMs: number): void;
}

export class Slots {
  readonly #idle: PreciseTimer[];
  readonly #waiting: Job[] = [];

  constructor(count: number) {
    this.#idle = Array.from({ length: count }, () => new PreciseTimer());
  }

  run(job: Job): void {
    const timer = job.durationMs > 0 ? this.#idle.pop() : undefined;
    if (job.durationMs <= 0) job.done(0);
    else if (timer === undefined) this.#waiting.push(job);
    else this.#start(timer, job);
  }

  #start(timer: PreciseTimer, job: Job): void {
    const startedAt = performance.now();
    timer.arm(job.durationMs, () => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(timer);
      else this.#start(timer, next);
      job.done(performance.now() - startedAt);
    });
  }
}
