// When is the file looked at next? Soon after each hint, seldom in a storm of hints, and from time to time without any.

/** One change makes several events; behind the last of them is usually all of it. */
const settleMs = 20;

/** Between two looks: at most ten a second, however often the file is written. */
const restMs = 80;

/** And this many times what the last look took: reading thousands of models is to leave time for requests. */
const restPerLook = 4;

/** Looks run one after another. Whatever changes while one is under way leads to another one. */
export class LookSchedule implements AsyncDisposable {
  readonly #look: () => Promise<void>;
  readonly #checkMs: number;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | null = null;
  #dueMs = Number.POSITIVE_INFINITY;
  #restedMs = Number.NEGATIVE_INFINITY;
  #disposed = false;

  /** @param checkMs the longest time without a look */
  constructor({ look, checkMs }: { readonly look: () => Promise<void>; readonly checkMs: number }) {
    this.#look = look;
    this.#checkMs = checkMs;
  }

  /** Something may have changed. */
  hint(): void {
    this.within(settleMs);
  }

  within(ms: number): void {
    const dueMs = performance.now() + ms;
    if (dueMs >= this.#dueMs) return;
    this.#dueMs = dueMs;
    this.#arm();
  }

  /** Resolves when no look is under way, and none will be. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#disposed || this.#looking !== null) return;
    const atMs = Math.max(this.#dueMs, this.#restedMs);
    this.#timer = setTimeout(() => this.#begin(), Math.max(0, atMs - performance.now()));
  }

  #begin(): void {
    this.#dueMs = Number.POSITIVE_INFINITY;
    const startMs = performance.now();
    this.#looking = this.#look().finally(() => {
      this.#looking = null;
      const endMs = performance.now();
      this.#restedMs = endMs + Math.max(restMs, (endMs - startMs) * restPerLook);
      this.within(this.#checkMs);
      this.#arm();
    });
  }
}
