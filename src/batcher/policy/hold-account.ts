// Did holding batches pay so far? A guard against forecasts that are wrong in a way they cannot see themselves.

const rate = 0.1;
/** While it does not pay, each so many-th hold is tried all the same: the load may have changed. */
const retryEvery = 8;

export class HoldAccount {
  #profit = 0;
  #skipped = 0;
  #heldSinceMs: number | null = null;
  #heldRows = 0;

  get holding(): boolean {
    return this.#heldSinceMs !== null;
  }

  /** May a hold go on, or begin? */
  permits(): boolean {
    return this.holding || this.#profit >= 0 || ++this.#skipped % retryEvery === 0;
  }

  hold(nowMs: number, rows: number): void {
    if (this.#heldSinceMs !== null) return;
    this.#heldSinceMs = nowMs;
    this.#heldRows = rows;
  }

  /** The batch goes with so many rows: those that it gained saved their overhead, all paid with their time. */
  close(nowMs: number, rows: number, overheadMs: number): void {
    if (this.#heldSinceMs === null) return;
    const cost = ((nowMs - this.#heldSinceMs) * (rows + this.#heldRows)) / 2;
    this.#heldSinceMs = null;
    if (overheadMs <= 0) return;
    const gain = (overheadMs * (rows - this.#heldRows) - cost) / overheadMs;
    this.#profit += rate * (Math.min(1, Math.max(-1, gain)) - this.#profit);
  }

  /** Those that were held have left: it says nothing about holding. */
  drop(): void {
    this.#heldSinceMs = null;
  }
}
