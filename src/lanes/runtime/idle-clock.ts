// Closes connections that lay idle too long: one timer for all of them, set again only when it ran out.

export interface Idler {
  /** By performance.now(); Infinity while it is busy. */
  readonly idleUntilMs: number;
  /** It lay idle too long. */
  retire(): void;
}

export class IdleClock {
  readonly #idlers = new Set<Idler>(); // idle or busy: to look at a busy one now and then is cheaper than to keep a list
  #timer: NodeJS.Timeout | undefined;
  #dueMs = Number.POSITIVE_INFINITY;

  /** Of all that are watched, idle or busy. */
  get size(): number {
    return this.#idlers.size;
  }

  add(idler: Idler): void {
    this.#idlers.add(idler);
  }

  remove(idler: Idler): void {
    this.#idlers.delete(idler);
    if (this.#idlers.size === 0) this.#set(Number.POSITIVE_INFINITY);
  }

  /** Some idler became idle until then. */
  note(untilMs: number): void {
    if (untilMs < this.#dueMs) this.#set(untilMs);
  }

  #set(dueMs: number): void {
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    if (dueMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(this.#look, Math.max(1, Math.ceil(dueMs - performance.now())));
    this.#timer.unref();
  }

  readonly #look = (): void => {
    const nowMs = performance.now();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const idler of this.#idlers) {
      if (idler.idleUntilMs <= nowMs) idler.retire();
      else nextMs = Math.min(nextMs, idler.idleUntilMs);
    }
    this.#set(nextMs);
  };
}
