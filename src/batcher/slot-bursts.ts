// What leaves while it is tried out on how many calls the runtime works: nothing until it is idle, then a burst of calls.
import type { SlotCount } from './slot-count.ts';

/** Calls that are out for so many times what a full batch takes are stuck: a trial does not wait for them. */
const stuckFactor = 8;

interface SentBurst {
  readonly rowsEach: number;
  readonly sentMs: number;
  leftCalls: number; // to be sent
  ok: boolean;
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
    if (this.#burst === null || this.#burst.leftCalls === 0) return;
    this.#burst.leftCalls = 0;
    this.#burst.ok = false;
  }

  /** Calls are out. Until when (ms) is nothing sent? Null: they are stuck, and the trial is put off. */
  quietUntilMs(nowMs: number, fullBatchMs: number): number | null {
    this.#quietSinceMs ??= nowMs;
    const endMs = fullBatchMs === 0 ? Number.POSITIVE_INFINITY : this.#quietSinceMs + stuckFactor * fullBatchMs;
    if (nowMs < endMs) return endMs;
    this.#end();
    this.#count.putOff();
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
      ok: true,
    };
    return true;
  }

  /** A call was answered; `idle`: it was the last one that was out. */
  answered(nowMs: number, idle: boolean, ok: boolean): void {
    const burst = this.#burst;
    if (burst === null) return;
    burst.ok &&= ok;
    if (!idle) return;
    this.#end();
    if (burst.ok && burst.leftCalls === 0) this.#count.answered(nowMs - burst.sentMs);
    else this.#count.putOff();
  }

  #end(): void {
    this.#burst = null;
    this.#quietSinceMs = null;
  }
}
