// When to send a batch, from what was seen of the runtime and of its clients: hold only while those who come back pay for it.
//
// A batch of b rows takes a + c*b on one of k slots. Holding b rows for w ms to have m more in the same batch pays if
// b*w < a*m: c cancels. So the questions are who comes back, and when. Who was just answered is the best forecast of who comes
// next; a full batch cannot get better; a wrong hold costs a timer. Nothing has to be told or tuned.
import { type Client, ExpectedClients } from './expected-clients.ts';
import { HoldAccount } from './hold-account.ts';
import type { FlushReason, Release, ReleasePolicy, RuntimeFit, SentMember } from './release-policy.ts';
import { ReturnTimes } from './return-times.ts';
import { BatchTimes } from './runtime-fit.ts';
import { SlotCount } from './slot-count.ts';

/** A client that returns much later than two overheads after its answer never pays. */
const horizonAtMostMs = 30;
const horizonAtLeastMs = 2;
/** Fewer expected rows than this are nobody. */
const nobodyRows = 0.05;
/** Certainty would make the forecast of a late client endless. */
const probabilityAtMost = 0.99;
const timerAtLeastMs = 1;
/** Of the time of a half, that the next slot must still be busy: what had to wait less is not judged. */
const probeLeftShare = 0.35;

const wait: Release = { rows: 0, targetRows: 0, reason: 'idle' };

interface Call {
  readonly rows: number;
  readonly sentMs: number;
  /** When a slot was free for it; null: it was sent ahead, and none was yet. */
  startedMs: number | null;
}

export class AdaptivePolicy implements ReleasePolicy<Client> {
  readonly clients = new ExpectedClients();
  readonly #batchTimes = new BatchTimes();
  readonly #returnTimes = new ReturnTimes();
  readonly #account = new HoldAccount();
  readonly #slotCount: SlotCount;
  readonly #maxLatencyMs: number;
  #maxRows: number;
  #rows = 0;
  #oldestMs = 0;
  #rowsInFlight = 0;
  readonly #running: Call[] = []; // on slots, as far as is known; the first began first
  readonly #ahead: Call[] = [];
  #lastAnswerMs = Number.NEGATIVE_INFINITY;
  #halfWaits = false; // a probe: the other half goes whether a slot is free or not
  #wakeMs = Number.POSITIVE_INFINITY;

  constructor(options: AdaptiveOptions) {
    this.#maxRows = options.maxRows;
    this.#maxLatencyMs = options.maxLatencyMs;
    this.#slotCount = new SlotCount(options.slots);
  }

  get wakeMs(): number {
    return this.#wakeMs;
  }

  get fit(): RuntimeFit | null {
    if (!this.#batchTimes.learned) return null;
    const { overheadMs, rowMs } = this.#batchTimes;
    return { overheadMs, rowMs, slots: this.#slotCount.slots };
  }

  openSource(): Client {
    return this.clients.open();
  }

  closeSource(source: Client): void {
    this.clients.close(source);
  }

  limit(maxRows: number, slots: number | null): void {
    this.#maxRows = maxRows;
    this.#slotCount.tell(slots);
  }

  arrived(nowMs: number, source: Client, rows: number): void {
    const afterMs = this.clients.arrived(nowMs, source);
    if (afterMs !== null) this.#returnTimes.add(afterMs);
    if (this.#rows === 0) this.#oldestMs = nowMs;
    this.#rows += rows;
  }

  withdrawn(_nowMs: number, rows: number, oldestMs: number | null): void {
    this.#left(rows, oldestMs);
  }

  decide(nowMs: number, full: boolean): Release {
    this.#wakeMs = Number.POSITIVE_INFINITY;
    const half = this.#halfWaits;
    this.#halfWaits = false;
    if (this.#rows === 0) return wait;
    const free = this.#slotCount.slots - this.#running.length - this.#ahead.length;
    if (full || this.#rows >= this.#maxRows) {
      if (free > 0) return this.#full(nowMs, full);
      if (free === 0 && this.#slotCount.mayGoAhead()) return this.#go(nowMs, this.#maxRows, 'ahead');
    }
    if (free > 0) return this.#partial(nowMs);
    return half ? this.#release(this.#maxRows, 'probe') : wait;
  }

  sent(nowMs: number, rows: number, oldestMs: number | null): Call {
    const ahead = this.#running.length >= this.#slotCount.slots;
    const call: Call = { rows, sentMs: nowMs, startedMs: ahead ? null : nowMs };
    (ahead ? this.#ahead : this.#running).push(call);
    this.#rowsInFlight += rows;
    this.#slotCount.sent();
    this.#left(rows, oldestMs);
    return call;
  }

  answered(nowMs: number, call: Call, members: readonly SentMember<Client>[], ok: boolean): void {
    const among = call.startedMs === null ? this.#ahead : this.#running;
    among.splice(among.indexOf(call), 1);
    this.#rowsInFlight -= call.rows;
    this.#lastAnswerMs = nowMs;
    if (ok) this.#learn(nowMs, call);
    while (this.#ahead.length > 0 && this.#running.length < this.#slotCount.slots) {
      const next = this.#ahead.shift() as Call;
      next.startedMs = nowMs;
      this.#running.push(next);
    }
    this.clients.expire(nowMs, this.#horizonMs());
    for (const { source, rows } of members) this.clients.answered(nowMs, source, rows);
  }

  /** A full batch cannot get better, but several slots may share it if there is less than a full batch for each. */
  #full(nowMs: number, byBytes: boolean): Release {
    const targetRows = byBytes ? this.#maxRows : this.#targetRows();
    return this.#go(nowMs, targetRows, targetRows < this.#maxRows ? 'target' : 'full');
  }

  /** A slot is free, and less than a full batch waits: go, or hold it for those who may be back soon? */
  #partial(nowMs: number): Release {
    this.clients.expire(nowMs, this.#horizonMs());
    const endMs = Math.max(this.#oldestMs, this.#lastAnswerMs) + this.#maxLatencyMs;
    if (nowMs >= endMs) return this.#go(nowMs, this.#maxRows, 'max_latency');
    const targetRows = this.#targetRows();
    const held = this.#account.holding ? 'released' : 'idle';
    if (targetRows < this.#rows) return this.#go(nowMs, targetRows, 'target');
    const expectedRows = Math.min(this.clients.expectedRows, targetRows - this.#rows);
    if (expectedRows < nobodyRows) return this.#go(nowMs, targetRows, held);
    const waitMs = this.#returnTimes.bestWaitMs({
      elapsedMs: nowMs - this.#lastAnswerMs,
      overheadMs: this.#batchTimes.overheadMs,
      expectedRows,
      probability: Math.min(probabilityAtMost, this.clients.probability),
      waitingRows: this.#rows,
    });
    if (waitMs === 0 || !this.#account.permits()) return this.#go(nowMs, targetRows, held);
    this.#account.hold(nowMs, this.#rows);
    this.#wakeMs = Math.min(endMs, nowMs + Math.max(timerAtLeastMs, waitMs));
    return wait;
  }

  /** Several slots share evenly what is there and expected: else groups of 15 and 1 clients on two slots stay so for ever. */
  #targetRows(): number {
    const { slots, wantsRoom } = this.#slotCount;
    if (slots === 1) return this.#maxRows;
    const rows = this.#rows + this.#rowsInFlight + this.clients.expectedRows;
    const share = Math.ceil(rows / (wantsRoom ? slots + 1 : slots));
    return Math.min(this.#maxRows, share);
  }

  #go(nowMs: number, targetRows: number, reason: FlushReason): Release {
    this.#account.close(nowMs, this.#rows, this.#batchTimes.overheadMs);
    const rows = Math.min(targetRows, this.#rows);
    if (rows < 2 || !this.#mayProbe(nowMs, rows) || !this.#slotCount.takesProbe()) {
      return this.#release(targetRows, reason);
    }
    this.#halfWaits = true;
    return this.#release(Math.ceil(rows / 2), 'probe');
  }

  /** On the last slot that is free, and no other will be for a while: else a half that is answered soon shows nothing. */
  #mayProbe(nowMs: number, rows: number): boolean {
    if (this.#rows > this.#maxRows || this.#running.length !== this.#slotCount.slots - 1) return false;
    const [first] = this.#running;
    if (first === undefined) return true;
    const leftMs = this.#batchTimes.expectedMs(first.rows) - (nowMs - (first.startedMs ?? nowMs));
    return leftMs > probeLeftShare * this.#batchTimes.expectedMs(rows / 2);
  }

  #release(targetRows: number, reason: FlushReason): Release {
    return { rows: this.#maxRows, targetRows, reason };
  }

  #learn(nowMs: number, { rows, sentMs, startedMs }: Call): void {
    const expectedMs = this.#batchTimes.expectedMs(rows);
    if (startedMs !== sentMs) {
      this.#slotCount.judge({ tookMs: nowMs - sentMs, waitedMs: (startedMs ?? nowMs) - sentMs, expectedMs });
      // As long as the slots are a guess, "one slot, t" and "two slots, 2t" look alike here: the wrong fit would be stable.
      if (startedMs === null || this.#slotCount.learning) return;
    }
    const tookMs = nowMs - startedMs;
    const teaches =
      !this.#batchTimes.learned || this.#slotCount.teaches({ full: rows * 2 > this.#maxRows, tookMs, expectedMs });
    if (teaches) this.#batchTimes.learn(rows, tookMs);
    else if (this.#slotCount.startsAnew()) this.#batchTimes.forget();
  }

  #left(rows: number, oldestMs: number | null): void {
    this.#rows -= rows;
    this.#oldestMs = oldestMs ?? 0;
    if (this.#rows === 0) this.#account.drop();
  }

  #horizonMs(): number {
    const usefulMs = Math.max(horizonAtLeastMs, 2 * this.#batchTimes.overheadMs);
    return Math.min(this.#maxLatencyMs, horizonAtMostMs, usefulMs);
  }
}

export interface AdaptiveOptions {
  /** Rows of a batch at most. */
  readonly maxRows: number;
  /** A partial batch is held no longer, counted from the arrival of its oldest or the last answer, whichever is later. */
  readonly maxLatencyMs: number;
  /** Calls that the runtime works on at once; null: to be learned. */
  readonly slots: number | null;
}

export function openAdaptivePolicy(options: AdaptiveOptions): AdaptivePolicy {
  return new AdaptivePolicy(options);
}
