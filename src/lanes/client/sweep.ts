// Who waited too long? One coarse timer for all connections of a lane: a timer for each request would cost more than the request's parse.

export interface Swept {
  sweep(nowMs: number): void;
}

export class Sweep {
  readonly #everyMs: number;
  readonly #watched = new Set<Swept>();
  #timer: NodeJS.Timeout | null = null; // only while there is something to watch

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  get watched(): Iterable<Swept> {
    return this.#watched;
  }

  get size(): number {
    return this.#watched.size;
  }

  add(swept: Swept): void {
    this.#watched.add(swept);
    this.#timer ??= setInterval(this.#look, this.#everyMs).unref();
  }

  delete(swept: Swept): void {
    this.#watched.delete(swept);
    if (this.#watched.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  readonly #look = (): void => {
    const nowMs = performance.now();
    for (const swept of this.#watched) swept.sweep(nowMs);
  };
}

/** Milliseconds between two looks: a second, or less where a limit is short. 0 is no limit. */
export function planSweep(limitsMs: readonly number[]): number {
  const halves = limitsMs.filter((ms) => ms > 0).map((ms) => ms / 2);
  return Math.max(10, Math.min(1000, ...halves));
}
