// Which calls are with the runtime: on a slot, ahead of one, or out for so long that nobody counts on their answer any more.

/** A call is given up after so many times what it should take, and never before a second. */
const overdueFactor = 8;
const overdueAtLeastMs = 1000;
/** Slow answers make patient: twice as long as the last one that was given up too soon; and each one in time makes less so. */
const lateFactor = 2;
const calmFactor = 0.8;

export interface Call {
  readonly rows: number;
  readonly sentMs: number;
  /** Calls that were out when it was sent, itself included. */
  readonly among: number;
  /** When a slot was free for it; null: it was sent ahead, and none was yet. */
  startedMs: number | null;
  givenUp: boolean;
}

export class CallsUnderWay {
  readonly #running: Call[] = []; // on slots, as far as is known; the first began first
  readonly #ahead: Call[] = [];
  #rows = 0;
  #givenUpInRow = 0;
  #lateMs = 0;

  /** Calls and rows that are counted on. */
  get calls(): number {
    return this.#running.length + this.#ahead.length;
  }

  get rows(): number {
    return this.#rows;
  }

  sent(nowMs: number, rows: number, slots: number): Call {
    const ahead = this.#running.length >= slots;
    const call = { rows, sentMs: nowMs, among: this.calls + 1, startedMs: ahead ? null : nowMs, givenUp: false };
    (ahead ? this.#ahead : this.#running).push(call);
    this.#rows += rows;
    return call;
  }

  answered(nowMs: number, call: Call, slots: number): void {
    if (call.givenUp) {
      this.#lateMs = Math.max(this.#lateMs, nowMs - call.sentMs);
    } else {
      const among = call.startedMs === null ? this.#ahead : this.#running;
      among.splice(among.indexOf(call), 1);
      this.#rows -= call.rows;
      this.#lateMs *= calmFactor;
    }
    this.#givenUpInRow = 0;
    this.#moveUp(nowMs, slots);
  }

  /** Gives up what is overdue, which frees its slot; returns when the next one will be, Infinity: none is out. */
  giveUp(nowMs: number, slots: number, expectedMs: (rows: number) => number): number {
    for (let oldest = this.#running[0]; oldest !== undefined; oldest = this.#running[0]) {
      const endMs = (oldest.startedMs ?? nowMs) + this.#patienceMs(expectedMs(oldest.rows));
      if (nowMs < endMs) return endMs;
      this.#running.shift();
      this.#rows -= oldest.rows;
      oldest.givenUp = true;
      this.#givenUpInRow++;
      this.#moveUp(nowMs, slots);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Twice as long after each one that was given up while no other was answered: a runtime that stands still is not flooded. */
  #patienceMs(expectedMs: number): number {
    const usualMs = Math.max(overdueAtLeastMs, overdueFactor * expectedMs, lateFactor * this.#lateMs);
    return usualMs * 2 ** this.#givenUpInRow;
  }

  #moveUp(nowMs: number, slots: number): void {
    while (this.#ahead.length > 0 && this.#running.length < slots) {
      const next = this.#ahead.shift() as Call;
      next.startedMs = nowMs;
      this.#running.push(next);
    }
  }
}
