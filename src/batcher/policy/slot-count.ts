// On how many calls does the runtime work at once? Told by its configuration, or learned from calls sent at once, for ever.
import { SlotStart } from './slot-start.ts';
import { type Burst, SlotTrial } from './slot-trial.ts';

/** Batches for each slot between two trials: more and more as long as nothing changes. */
const trialEvery = 8;
const trialEveryAtMost = 128;
/** As long as no calls were seen to slow each other, a trial only guards against an error. */
const trialEveryAtStart = 32;
const slotsAtMost = 64;
const halfTurn = 1;
/** So many calls a slot in a row that took so much longer than expected: there may be fewer slots than there were. */
const slowInRow = 4;
const slowFactor = 1.4;
/** At the beginning a wrong end of a trial costs more than one more pair, and small calls tell the same sooner. */
const first = { keepAt: 1.5, rowsAtMost: 4 };
const later = { keepAt: 0.5, rowsAtMost: Number.POSITIVE_INFINITY };

export class SlotCount {
  #known: number | null;
  #slots: number;
  #start: SlotStart | null;
  #every = trialEveryAtStart;
  #sinceTrial = 0;
  #trial: SlotTrial | null = null;
  #turn = 0;
  #slow = 0;

  constructor(known: number | null) {
    this.#known = known;
    this.#slots = known ?? 1;
    this.#start = known === null ? new SlotStart() : null;
  }

  get slots(): number {
    return this.#slots;
  }

  get learning(): boolean {
    return this.#known === null;
  }

  /** As long as it is not known that there are too few slots: calls that may be out, each with one request. Null: it is. */
  get window(): number | null {
    return this.#start?.window ?? null;
  }

  /** A trial is due, or goes on: the next calls leave as a burst when none is with the runtime any more. */
  get due(): boolean {
    return this.learning && this.#sinceTrial >= this.#every * this.#slots;
  }

  /** Told by the configuration, or null: what was learned stays. */
  tell(known: number | null): void {
    this.#known = known;
    this.#slots = known ?? this.#slots;
    if (known === null) return;
    this.#start = null;
    this.#trial = null;
  }

  sent(): void {
    this.#sinceTrial++;
  }

  failed(): void {
    this.#start?.failed();
  }

  /** A call that was one of `among` took so many times what it would have taken alone. */
  compare(among: number, factor: number): void {
    if (this.#start === null) return;
    const slots = this.#start.answered(among, factor);
    this.#slots = slots ?? Math.max(this.#slots, this.#start.proven);
    if (slots !== null) this.#end();
  }

  /** A call that was thought to have a slot to itself: may it teach how long one takes? Many slow ones bring the next trial. */
  teaches(tookMs: number, expectedMs: number): boolean {
    if (!this.learning || tookMs <= slowFactor * expectedMs) {
      this.#slow = 0;
      return true;
    }
    this.#slow++;
    const leftCalls = slowInRow * this.#slots - this.#slow;
    if (leftCalls === 0 && this.#trial === null) {
      this.#every = Math.min(this.#every, trialEvery);
      this.#turn = halfTurn;
    }
    return leftCalls <= 0;
  }

  /** What to send at once, of so many rows that wait; null: too few, the trial is put off. */
  burst(rows: number): Burst | null {
    this.#trial ??= this.#open(rows);
    const burst = this.#trial?.next(rows) ?? null;
    if (burst === null) this.putOff();
    return burst;
  }

  putOff(): void {
    this.#trial = null;
    this.#every = Math.max(trialEvery, this.#every);
    this.#sinceTrial = 0;
  }

  /** The last burst is answered: the answer that counts came so long after the first send. */
  answered(tookMs: number): void {
    const trial = this.#trial;
    const verdict = trial?.took(tookMs) ?? null;
    if (trial === null || verdict === null) return;
    this.#trial = null;
    this.#sinceTrial = 0;
    const changed = verdict !== trial.believed;
    if (changed) this.#every = Math.floor(this.#every / 4);
    else this.#every = Math.min(trialEveryAtMost, Math.max(trialEvery, 2 * this.#every));
    if (changed) this.#slots = verdict === 'free' ? trial.many : trial.few;
    if (changed) this.#start = null;
    this.#turn = changed ? 0 : this.#turn + 1;
  }

  /** Twice as many, half, one more, or two thirds of what there seem to be? In turns, as far as so many rows allow. */
  #open(rows: number): SlotTrial | null {
    const slots = this.#slots;
    const care = this.#every < trialEveryAtMost ? first : later;
    const turn = this.#turn % 4;
    const more = Math.min(turn === 0 ? 2 * slots : slots + 1, rows, slotsAtMost);
    const used = Math.min(slots, rows);
    if (this.#start === null && more > slots && (turn % 2 === 0 || used === 1)) {
      return new SlotTrial({ few: slots, many: more, believed: 'queued', ...care });
    }
    const few = Math.floor(turn === halfTurn ? used / 2 : (2 * used) / 3);
    return used < 2 ? null : new SlotTrial({ few, many: used, believed: 'free', ...care });
  }

  /** Now there are too few slots for all calls: how many there are is found out by trials from here on, the first one soon. */
  #end(): void {
    this.#start = null;
    this.#every = 0;
    this.#sinceTrial = 0;
  }
}
