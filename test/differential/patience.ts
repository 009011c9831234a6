// Is anything still happening? Time without progress says so; time alone does not, on a machine that gives a tenth of itself.

/** A case that moves no byte at either end for so long has hung: whatever the lanes wait for takes a fraction of it. */
const hangMs = 10_000;

export class Patience {
  #timer: NodeJS.Timeout | undefined;

  /** Calls `lost` once nothing progressed for `hangMs`. */
  start(lost: () => void): void {
    this.#timer = setTimeout(lost, hangMs);
  }

  /** A byte was sent or received. */
  readonly renew = (): void => {
    this.#timer?.refresh();
  };

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
