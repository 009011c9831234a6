// On how many calls does the runtime work at once? Told by its configuration, or learned from calls sent before one was free.

const probeEvery = 8; // batches; each "no" doubles it
const probeEveryAtMost = 256;
/** Batches for each slot during which smaller ones shall make room for a probe. */
const roomBatches = 4;
/** So many calls in a row that were sent early must say it. */
const yesNeeded = 2;
/** A call that hardly had to wait says nothing. */
const waitShare = 0.3;
/** Batches as large as what goes ahead, seen alone, before one goes ahead: else nobody knows how long it should take. */
const fullBatchesNeeded = 3;
/** Such a batch waits for a free slot all the same: it shows what one takes alone. */
const leaveOutEvery = 32;
const slowFactor = 1.6;
const slowInRow = 8;

/** A call that was sent while all known slots were busy. */
export interface EarlyCall {
  readonly tookMs: number; // from the send to the answer
  readonly waitedMs: number; // of these, until a known slot was free
  readonly expectedMs: number; // of a batch of its size, alone
}

export class SlotCount {
  #known: number | null;
  #slots: number;
  #every = probeEvery;
  #sinceProbe = 0;
  #batches = 0;
  #fullBatches = 0;
  #yes = 0;
  #slow = 0;

  constructor(known: number | null) {
    this.#known = known;
    this.#slots = known ?? 1;
  }

  get slots(): number {
    return this.#slots;
  }

  get learning(): boolean {
    return this.#known === null;
  }

  /** Told by the configuration, or null: what was learned stays. */
  tell(known: number | null): void {
    this.#known = known;
    this.#slots = known ?? this.#slots;
  }

  sent(): void {
    this.#batches++;
    this.#sinceProbe++;
    if (!this.wantsRoom || this.#sinceProbe < this.#every + roomBatches * this.#slots) return;
    this.#sinceProbe = 0;
    this.#retryLater();
  }

  /**
   * A probe is due, which needs all slots but one busy. As many batches as there are slots may never be, since those on some
   * hold all clients: then smaller batches, for a while, make it so.
   */
  get wantsRoom(): boolean {
    return this.learning && this.#slots > 1 && this.#sinceProbe >= this.#every;
  }

  /** May a full batch be sent before a slot is free? */
  mayGoAhead(): boolean {
    return !this.learning || (this.#fullBatches >= fullBatchesNeeded && this.#batches % leaveOutEvery !== 0);
  }

  /** Is it time to send a batch as two halves at once? */
  takesProbe(): boolean {
    if (!this.learning || this.#sinceProbe < this.#every) return false;
    this.#sinceProbe = 0;
    return true;
  }

  judge(call: EarlyCall): void {
    if (!this.learning || call.waitedMs <= waitShare * call.expectedMs) return;
    if (call.tookMs > call.expectedMs + call.waitedMs / 2) {
      this.#yes = 0;
      this.#retryLater();
      return;
    }
    this.#every = probeEvery;
    if (++this.#yes < yesNeeded) return;
    this.#yes = 0;
    this.#slots++;
  }

  #retryLater(): void {
    this.#every = Math.min(probeEveryAtMost, this.#every * 2);
  }

  /** A call that had a slot to itself. Does its time teach what a batch takes? */
  teaches(call: { readonly full: boolean; readonly tookMs: number; readonly expectedMs: number }): boolean {
    if (!this.learning) return true;
    if (call.tookMs > slowFactor * call.expectedMs) {
      this.#slow++;
      return false;
    }
    this.#slow = 0;
    if (call.full) this.#fullBatches++;
    return true;
  }

  /** All calls are slow: the runtime became slower, or has fewer slots than it seemed to have. What was learned is void. */
  startsAnew(): boolean {
    if (this.#slow < slowInRow) return false;
    this.#slow = 0;
    this.#yes = 0;
    this.#fullBatches = 0;
    this.#slots = 1;
    return true;
  }
}
