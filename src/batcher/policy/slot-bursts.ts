// What leaves while it is tried out on how many calls the runtime works: nothing until it is idle, then a burst of calls.
import type { SlotCount } from './slot-count.ts';

/** Calls that are out for so many times what a full batch takes are stuck: a trial does not wait for them. */
const stuckFactor = 8;

interface SentBurst {
  readonly rowsEach: number;
  readonly sentMs: number;
  leftCalls: number; // to be sent
  leftAnswers: number; // until the one that counts
}

export class SlotBursts {
  readonly #count: SlotCount;
  #burst: SentBurst | null = null;
  #quietSinceMs: number | null = null;

  constructor(count: SlotCount) {
    this.#count = count;
  }

  /** Rows of the next call of a burst that is leaving; 0: none is. */
  takeNext(): number {
    if (this.#burst === null || this.#burst.leftCalls === 0) return 0;
    this.#burst.leftCalls--;
    return this.#burst.rowsEach;
  }

  /** Nobody waits any more: a burst that is not complete shows nothing. */
  ranOut(): void {
    if (this.#burst !== null && this.#burst.leftCalls > 0) this.#fail();
  }

  /** Calls are out. Until when (ms) is nothing sent? Null: they are stuck, and the trial is put off. */
  quietUntilMs(nowMs: number, fullBatchMs: number): number | null {
    this.#quietSinceMs ??= nowMs;
    const endMs = fullBatchMs === 0 ? Number.POSITIVE_INFINITY : this.#quietSinceMs + stuckFactor * fullBatchMs;
    if (nowMs < endMs) return endMs;
    this.#fail();
    return null;
  }

  /** The runtime is idle, and so many rows wait. False: too few for a burst. */
  begin(nowMs: number, rows: number, maxRows: number): boolean {
    this.#end();
    const burst = this.#count.burst(rows);
    if (burst === null) return false;
    this.#burst = {
      rowsEach: Math.min(maxRows, burst.rowsEach),
      sentMs: nowMs,
      leftCalls: burst.calls,
      leftAnswers: burst.countsAt,
    };
    return true;
  }

  /** A call was answered. With the answer that counts, the burst is over: nobody waits for the last ones. */
  answered(nowMs: number, ok: boolean): void {
    const burst = this.#burst;
    if (burst === null) return;
    if (!ok) this.#fail();
    else if (--burst.leftAnswers === 0) {
      this.#end();
      this.#count.answered(nowMs - burst.sentMs);
    }
  }

  #fail(): void {
    this.#end();
    this.#count.putOff();
  }

  #end(): void {
    this.#burst = null;
    this.#quietSinceMs = null;
  }
}
