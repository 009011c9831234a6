// What goes next: fresh events, those that failed with the sink, and suspects, by turns, so that none keeps the others waiting.
import type { QueuedEvent } from '../queue/event-queue.ts';
import { DueList } from './due-list.ts';
import type { FreshParcels } from './fresh-parcels.ts';
import { isSuspect, type Parcel, split } from './parcel.ts';

/** Where parcels come from. `take`: what may go now. `takeOne`: due or not, as little as may go. */
interface Supply {
  take(nowMs: number, impatient: boolean): Parcel | null;
  takeOne(): Parcel | null;
  /** When `take` has something; Infinity: only after something else happens. */
  readonly readyMs: number;
}

export class ParcelTurns {
  readonly #failed = new DueList();
  readonly #suspects = new DueList();
  readonly #supplies: readonly Supply[];
  readonly #together: boolean;
  #suspectsUnderWay = 0;
  #turn = 0;
  #lastProbe: QueuedEvent | null = null;

  /** `together`: of a carrier. */
  constructor(fresh: FreshParcels, { workers, together }: { readonly workers: number; readonly together: boolean }) {
    this.#together = together;
    this.#supplies = [
      this.#supplyOf(this.#failed, () => true),
      {
        take: (nowMs, impatient) => fresh.take(nowMs, impatient),
        takeOne: () => (together ? fresh.take(0, true) : fresh.takeOne()),
        get readyMs() {
          return fresh.readyMs;
        },
      },
      // What fails slowly may not take all workers, whatever else waits: good events may come at any moment.
      this.#supplyOf(this.#suspects, () => this.#suspectsUnderWay * 2 < workers),
    ];
  }

  /** Until parcel.dueMs. */
  postpone(parcel: Parcel): void {
    (isSuspect(parcel) ? this.#suspects : this.#failed).add(parcel);
  }

  /** It is on its way: true when `suspectAnswered` is owed. */
  sent(parcel: Parcel): boolean {
    if (isSuspect(parcel)) this.#suspectsUnderWay += 1;
    return isSuspect(parcel);
  }

  suspectAnswered(): void {
    this.#suspectsUnderWay -= 1;
  }

  /** Nothing waits for its time any longer. */
  hasten(nowMs: number): void {
    this.#failed.hasten(nowMs);
    this.#suspects.hasten(nowMs);
  }

  /** `impatient`: fresh events wait for no company. */
  take(nowMs: number, impatient: boolean): Parcel | null {
    return this.#byTurns((supply) => supply.take(nowMs, impatient));
  }

  /**
   * One event (or a parcel, of what stays together), which was not the last probe if there is any other: a bad event, or many
   * of them, never keep a circuit open. It need not be due.
   */
  takeProbe(): Parcel | null {
    let last: Parcel | null = null;
    const takeOther = (supply: Supply): Parcel | null => {
      const one = supply.takeOne();
      if (one === null || one.events[0] !== this.#lastProbe) return one;
      last = one;
      return supply.takeOne();
    };
    const other = this.#byTurns(takeOther);
    if (other !== null && last !== null) this.postpone(last);
    const probe = other ?? last;
    this.#lastProbe = probe?.events[0] ?? null;
    return probe;
  }

  /** When something will be there to take; null: nothing waits for its time. */
  get readyMs(): number | null {
    const readyMs = Math.min(...this.#supplies.map((supply) => supply.readyMs));
    return readyMs === Number.POSITIVE_INFINITY ? null : readyMs;
  }

  #byTurns(take: (supply: Supply) => Parcel | null): Parcel | null {
    for (let i = 0; i < this.#supplies.length; i += 1) {
      const turn = (this.#turn + i) % this.#supplies.length;
      const parcel = take(this.#supplies[turn]!);
      if (parcel === null) continue;
      this.#turn = turn + 1;
      return parcel;
    }
    return null;
  }

  #supplyOf(list: DueList, mayGo: () => boolean): Supply {
    return {
      take: (nowMs) => (mayGo() && list.first !== undefined && list.first.dueMs <= nowMs ? list.takeFirst() : null),
      takeOne: () => {
        const first = list.takeFirst();
        if (first === null || this.#together || first.events.length === 1) return first;
        const [one, rest] = split(first, 1);
        this.postpone(rest);
        return one;
      },
      get readyMs() {
        return list.first !== undefined && mayGo() ? list.first.dueMs : Number.POSITIVE_INFINITY;
      },
    };
  }
}
