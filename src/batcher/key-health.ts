// What was learned about merging the requests of one key: how many at once, with an id or without, or not at all for a while.

/** A key that could not be batched goes alone for so long, twice as long at each further time. */
const firstQuarantineMs = 60_000;
const longestQuarantineMs = 960_000;
/** Of so many calls more than this share may fail because of single members; beyond, the key goes alone for a moment. */
const watchedCalls = 16;
const maxFailedShare = 0.5;
const poisonQuarantineMs = 10_000;
/**
 * After so many good calls in a row the cap on rows is doubled, and a quarantine is short again: the runtime may have failed
 * for a moment only. Twice as many after each further failure, so that a cap that is real costs next to nothing.
 */
const firstTrialCalls = 128;
const mostTrialCalls = 8192;
/** Of batches too small to be halved, in a row: one may be a hiccup of the runtime. */
const failuresToQuarantine = 2;

/** What was done about a failure, for the log; null: nothing, it was the fault of single members. */
export type Remedy = 'id' | 'fewer rows' | 'quarantine';

export interface FailedCall {
  readonly nowMs: number;
  readonly rows: number;
  /** Each member's request worked alone: merging them was the fault. */
  readonly allWorkedAlone: boolean;
  /** Each member sent an id of its own. */
  readonly allHaveIds: boolean;
  /** The merged call had one of ours. */
  readonly sentId: boolean;
}

export class KeyHealth {
  #quarantinedUntilMs = 0;
  #nextQuarantineMs = firstQuarantineMs;
  #sendsId = false;
  #maxRows = Number.POSITIVE_INFINITY;
  #calls = 0;
  #failed = 0;
  #goodCalls = 0; // in a row
  #trialCalls = firstTrialCalls;
  #smallFailures = 0; // in a row

  isQuarantined(nowMs: number): boolean {
    return nowMs < this.#quarantinedUntilMs;
  }

  /** Merged calls carry an id of ours: models of KServe may echo it, and then fail without one. */
  get sendsId(): boolean {
    return this.#sendsId;
  }

  /** Lower than the configured one when larger batches failed as such. */
  get maxRows(): number {
    return this.#maxRows;
  }

  /** Its answer was split. */
  succeeded(): void {
    this.#count(0);
    this.#smallFailures = 0;
    this.#goodCalls += 1;
    if (this.#goodCalls < this.#trialCalls) return;
    this.#goodCalls = 0;
    this.#maxRows *= 2;
    this.#nextQuarantineMs = firstQuarantineMs;
  }

  /** The answer cannot be split: rows of one caller might be taken for another's. Null: sent before that was known. */
  cannotBeSplit(nowMs: number): Remedy | null {
    if (this.isQuarantined(nowMs)) return null;
    this.#quarantine(nowMs, this.#nextQuarantineMs);
    this.#nextQuarantineMs = Math.min(longestQuarantineMs, this.#nextQuarantineMs * 2);
    return 'quarantine';
  }

  /** A merged call failed, and its members were run alone. */
  failedTogether({ nowMs, rows, allWorkedAlone, allHaveIds, sentId }: FailedCall): Remedy | null {
    // Of several calls under way at once the first one teaches: the others were sent before its remedy.
    if (this.isQuarantined(nowMs) || (this.#sendsId && !sentId) || rows > this.#maxRows) return null;
    this.#goodCalls = 0;
    if (!allWorkedAlone) {
      this.#count(1);
      if (this.#calls < watchedCalls / 2 || this.#failed <= this.#calls * maxFailedShare) return null;
      this.#quarantine(nowMs, poisonQuarantineMs);
      return 'quarantine';
    }
    if (allHaveIds && !this.#sendsId) {
      this.#sendsId = true;
      return 'id';
    }
    const half = Math.floor(rows / 2);
    if (half < 2) {
      this.#smallFailures += 1;
      return this.#smallFailures < failuresToQuarantine ? null : this.cannotBeSplit(nowMs);
    }
    this.#maxRows = half;
    this.#trialCalls = Math.min(mostTrialCalls, this.#trialCalls * 2);
    return 'fewer rows';
  }

  #quarantine(nowMs: number, forMs: number): void {
    this.#quarantinedUntilMs = nowMs + forMs;
    this.#calls = 0;
    this.#failed = 0;
    this.#goodCalls = 0;
    this.#smallFailures = 0;
    this.#maxRows = Number.POSITIVE_INFINITY; // afterwards everything is tried anew
  }

  /** Older calls fade: what counts is about the last watchedCalls. */
  #count(failed: 0 | 1): void {
    const fade = this.#calls >= watchedCalls ? 1 - 1 / watchedCalls : 1;
    this.#calls = this.#calls * fade + 1;
    this.#failed = this.#failed * fade + failed;
  }
}
