// So many at once, the others in line: pulls and loads of models. What a request waits for goes first.

interface Waiting {
  readonly urgent: () => boolean;
  readonly enter: () => void;
}

export class Turns {
  readonly #maxAtOnce: number;
  #atWork = 0;
  readonly #line: Waiting[] = [];

  constructor(maxAtOnce: number) {
    this.#maxAtOnce = maxAtOnce;
  }

  /** `urgent` is asked when a place becomes free, so that it may become true while waiting. @throws signal.reason while in line */
  async run<T>(
    work: () => Promise<T>,
    { signal, urgent }: { readonly signal: AbortSignal; readonly urgent: () => boolean },
  ): Promise<T> {
    signal.throwIfAborted();
    if (this.#atWork < this.#maxAtOnce) this.#atWork += 1;
    else await this.#enter(signal, urgent);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  #enter(signal: AbortSignal, urgent: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const leaveLine = (): void => {
        this.#line.splice(this.#line.indexOf(waiting), 1);
        reject(signal.reason as Error);
      };
      const waiting: Waiting = {
        urgent,
        enter: () => {
          signal.removeEventListener('abort', leaveLine);
          resolve();
        },
      };
      signal.addEventListener('abort', leaveLine, { once: true });
      this.#line.push(waiting);
    });
  }

  /** The place is handed on, so the count stays. */
  #leave(): void {
    const urgentAt = this.#line.findIndex(({ urgent }) => urgent());
    const [next] = this.#line.splice(Math.max(urgentAt, 0), 1);
    if (next === undefined) this.#atWork -= 1;
    else next.enter();
  }
}
