// On how many calls does the runtime work at once? Told by its configuration, or learned from calls sent at once, for ever.
import { type Burst, SlotTrial } from './slot-trial.ts';

/** Batches for each slot between two trials: more and more as long as nothing changes. */
const trialEvery = 8;
const trialEveryAtMost = 96;
const slotsAtMost = 64;
/** Evidence that ends a trial with what was believed: at the beginning a wrong end would cost more than one more pair. */
const [keepAt, keepAtFirst] = [0.5, 1.5];

export class SlotCount {
  #known: number | null;
  #slots: number;
  #every = 0;
  #sinceTrial = 0;
  #trial: SlotTrial | null = null;
  #upNext = true;
  #doubles = true;

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

  /** A trial is due, or goes on: the next calls leave as a burst when none is with the runtime any more. */
  get due(): boolean {
    return this.learning && this.#sinceTrial >= this.#every * this.#slots;
  }

  /** Told by the configuration, or null: what was learned stays. */
  tell(known: number | null): void {
    this.#known = known;
    this.#slots = known ?? this.#slots;
    if (known !== null) this.#trial = null;
  }

  sent(): void {
    this.#sinceTrial++;
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

  /** The last burst is answered, so long after its first send. */
  answered(tookMs: number): void {
    const trial = this.#trial;
    const verdict = trial?.took(tookMs) ?? null;
    if (trial === null || verdict === null) return;
    this.#trial = null;
    this.#sinceTrial = 0;
    const changed = verdict !== trial.believed;
    if (changed) this.#every = Math.floor(this.#every / 4);
    else this.#every = Math.min(trialEveryAtMost, Math.max(trialEvery, 2 * this.#every));
    if (trial.believed === 'queued') this.#doubles = changed || !this.#doubles;
    if (changed) this.#slots = verdict === 'free' ? trial.many : trial.few;
    this.#upNext = verdict === 'free';
  }

  /** More than there seem to be, or are there as many? In turns, as far as so many rows allow. */
  #open(rows: number): SlotTrial | null {
    const slots = this.#slots;
    const more = Math.min(this.#doubles ? 2 * slots : slots + 1, rows, slotsAtMost);
    const used = Math.min(slots, rows);
    const sure = this.#every < trialEveryAtMost ? keepAtFirst : keepAt;
    if (more > slots && (this.#upNext || used === 1)) {
      return new SlotTrial({ few: slots, many: more, believed: 'queued', keepAt: sure });
    }
    return used < 2 ? null : new SlotTrial({ few: Math.floor(used / 2), many: used, believed: 'free', keepAt: sure });
  }
}
