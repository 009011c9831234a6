// When to send a batch, from what was seen of the runtime and of its clients: hold only while those who come back pay for it.
//
// A batch of b rows takes a + c*b on one of k slots. Holding b rows for w ms to have m more in the same batch pays if
// b*w < a*m: c cancels. So the questions are who comes back, and when. Who was just answered is the best forecast of who comes
// next; a full batch cannot get better; a wrong hold costs a timer. Nothing has to be told or tuned.
import { type Call, CallsUnderWay } from './calls-under-way.ts';
import { type Client, ExpectedClients } from './expected-clients.ts';
import { HoldAccount } from './hold-account.ts';
import type { FlushReason, Release, ReleasePolicy, RuntimeFit, SentMember } from './release-policy.ts';
import { ReturnTimes } from './return-times.ts';
import { BatchTimes } from './runtime-fit.ts';
import { SlotBursts } from './slot-bursts.ts';
import { SlotCount } from './slot-count.ts';

/** A client that returns much later than two overheads after its answer never pays. */
const horizonAtMostMs = 30;
const horizonAtLeastMs = 2;
/** Fewer expected rows than this are nobody. */
const nobodyRows = 0.05;
/** Certainty would make the forecast of a late client endless. */
const probabilityAtMost = 0.99;
const timerAtLeastMs = 1;
/** A trial waits for whoever may be back soon, whether that pays or not, down to so few rows. */
const trialExpectedRows = 0.5;

const wait: Release = { rows: 0, targetRows: 0, reason: 'idle' };

export class AdaptivePolicy implements ReleasePolicy<Client> {
  readonly clients = new ExpectedClients();
  readonly #batchTimes = new BatchTimes();
  readonly #returnTimes = new ReturnTimes();
  readonly #account = new HoldAccount();
  readonly #slotCount: SlotCount;
  readonly #bursts: SlotBursts;
  readonly #maxLatencyMs: number;
  #maxRows: number;
  #rows = 0;
  #oldestMs = 0;
  readonly #calls = new CallsUnderWay();
  #lastAnswerMs = Number.NEGATIVE_INFINITY;
  #wakeMs = Number.POSITIVE_INFINITY;

  constructor(options: AdaptiveOptions) {
    this.#maxRows = options.maxRows;
    this.#maxLatencyMs = options.maxLatencyMs;
    this.#slotCount = new SlotCount(options.slots);
    this.#bursts = new SlotBursts(this.#slotCount);
  }

  get alone(): boolean {
    return this.clients.count <= 1 && this.#lastAnswerMs !== Number.NEGATIVE_INFINITY;
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
    if (this.#rows === 0) return wait;
    const overdueMs = this.#calls.giveUp(nowMs, this.#slotsInUse, (rows) => this.#batchTimes.expectedMs(rows));
    const release = this.#next(nowMs, full);
    if (release.rows === 0) this.#wakeMs = Math.min(this.#wakeMs, overdueMs);
    return release;
  }

  sent(nowMs: number, rows: number, oldestMs: number | null): Call {
    const call = this.#calls.sent(nowMs, rows, this.#slotsInUse);
    this.#slotCount.sent();
    this.#left(rows, oldestMs);
    return call;
  }

  answered(nowMs: number, call: Call, members: readonly SentMember<Client>[], ok: boolean): void {
    this.#lastAnswerMs = nowMs;
    if (!call.givenUp) {
      if (ok) this.#learn(nowMs, call);
      else this.#slotCount.failed();
      this.#bursts.answered(nowMs, ok);
    }
    this.#calls.answered(nowMs, call, this.#slotsInUse);
    this.clients.expire(nowMs, this.#horizonMs());
    for (const { source, rows } of members) this.clients.answered(nowMs, source, rows);
  }

  #next(nowMs: number, full: boolean): Release {
    const trial = this.#slotCount.due ? this.#tryOut(nowMs) : null;
    if (trial !== null) return trial;
    const free = this.#slotsInUse - this.#calls.calls;
    // As if there were no batcher, until it is known that calls slow each other.
    if (this.#slotCount.window !== null) return free > 0 ? this.#go(nowMs, 1, 'idle') : wait;
    if (full || this.#rows >= this.#maxRows) {
      if (free > 0) return this.#full(nowMs, full);
      if (free === 0) return this.#go(nowMs, this.#maxRows, 'ahead');
    }
    return free > 0 ? this.#partial(nowMs) : wait;
  }

  /** A full batch cannot get better, but several slots may share it if there is less than a full batch for each. */
  #full(nowMs: number, byBytes: boolean): Release {
    const targetRows = byBytes ? this.#maxRows : this.#targetRows();
    return this.#go(nowMs, targetRows, targetRows < this.#maxRows ? 'target' : 'full');
  }

  /** A slot is free, and less than a full batch waits: go, or hold it for those who may be back soon? */
  #partial(nowMs: number): Release {
    const targetRows = this.#targetRows();
    const reason = this.#reasonToGo(nowMs, targetRows);
    if (reason === null) return wait;
    return this.#go(nowMs, reason === 'max_latency' ? this.#maxRows : targetRows, reason);
  }

  /** Null: those who may be back soon are worth waiting for. */
  #reasonToGo(nowMs: number, targetRows: number): FlushReason | null {
    this.clients.expire(nowMs, this.#horizonMs());
    const endMs = Math.max(this.#oldestMs, this.#lastAnswerMs) + this.#maxLatencyMs;
    if (nowMs >= endMs) return 'max_latency';
    const held = this.#account.holding ? 'released' : 'idle';
    if (targetRows < this.#rows) return 'target';
    const expectedRows = Math.min(this.clients.expectedRows, targetRows - this.#rows);
    if (expectedRows < nobodyRows) return held;
    const waitMs = this.#returnTimes.bestWaitMs({
      elapsedMs: nowMs - this.#lastAnswerMs,
      overheadMs: this.#batchTimes.overheadMs,
      expectedRows,
      probability: Math.min(probabilityAtMost, this.clients.probability),
      waitingRows: this.#rows,
    });
    if (waitMs === 0 || !this.#account.permits()) return held;
    this.#account.hold(nowMs, this.#rows);
    this.#wakeMs = Math.min(endMs, nowMs + Math.max(timerAtLeastMs, waitMs));
    return null;
  }

  /** Several slots share evenly what is there and expected: else groups of 15 and 1 clients on two slots stay so for ever. */
  #targetRows(): number {
    const { slots } = this.#slotCount;
    if (slots === 1) return this.#maxRows;
    const rows = this.#rows + this.#calls.rows + this.clients.expectedRows;
    return Math.min(this.#maxRows, Math.ceil(rows / slots));
  }

  #go(nowMs: number, targetRows: number, reason: FlushReason): Release {
    this.#account.close(nowMs, this.#rows, this.#batchTimes.overheadMs);
    return this.#release(targetRows, reason);
  }

  /** A burst of calls, when all who are expected are there and the runtime is idle. Null: as if there were no trial. */
  #tryOut(nowMs: number): Release | null {
    const rows = this.#bursts.takeNext();
    if (rows > 0) return this.#release(rows, 'probe');
    const untilMs = this.#quietUntilMs(nowMs);
    if (untilMs !== null) {
      this.#wakeMs = untilMs;
      return wait;
    }
    if (this.#calls.calls > 0 || !this.#bursts.begin(nowMs, this.#rows, this.#maxRows)) return null;
    return this.#go(nowMs, this.#bursts.takeNext(), 'probe');
  }

  #quietUntilMs(nowMs: number): number | null {
    if (this.#calls.calls > 0) return this.#bursts.quietUntilMs(nowMs, this.#batchTimes.expectedMs(this.#maxRows));
    this.clients.expire(nowMs, this.#horizonMs());
    const endMs = Math.max(this.#oldestMs, this.#lastAnswerMs) + this.#horizonMs();
    if (nowMs >= endMs || this.clients.expectedRows < trialExpectedRows) return null;
    return Math.max(endMs, nowMs + timerAtLeastMs);
  }

  get #slotsInUse(): number {
    return this.#slotCount.window ?? this.#slotCount.slots;
  }

  #release(targetRows: number, reason: FlushReason): Release {
    return { rows: this.#maxRows, targetRows, reason };
  }

  #learn(nowMs: number, { rows, sentMs, startedMs, among }: Call): void {
    if (startedMs === null) return;
    const tookMs = nowMs - startedMs;
    const { learned } = this.#batchTimes;
    const expectedMs = learned ? this.#batchTimes.expectedMs(rows) : tookMs;
    this.#slotCount.compare(among, expectedMs > 0 ? tookMs / expectedMs : 1);
    const { slots, learning } = this.#slotCount;
    if (learning && among > slots && !learned) return;
    // As long as the slots are a guess, "one slot, t" and "two slots, 2t" look alike here: the wrong fit would be stable.
    if (learning && (startedMs !== sentMs || among > slots) && tookMs > expectedMs) return;
    if (this.#slotCount.teaches(tookMs, expectedMs)) this.#batchTimes.learn(rows, tookMs);
  }

  #left(rows: number, oldestMs: number | null): void {
    this.#rows -= rows;
    this.#oldestMs = oldestMs ?? 0;
    if (this.#rows > 0) return;
    this.#account.drop();
    this.#bursts.ranOut();
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
