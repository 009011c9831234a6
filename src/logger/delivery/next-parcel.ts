// What goes next: fresh events or those that failed before, so that neither keeps the other waiting, and which event is a probe.
import type { QueuedEvent } from '../queue/event-queue.ts';
import type { NextBatch } from './next-batch.ts';
import { type DueList, type Parcel, split } from './parcel.ts';

export interface NextParcelOptions {
  readonly fresh: NextBatch;
  readonly due: DueList;
  readonly workers: number;
}

export class NextParcel {
  readonly #options: NextParcelOptions;
  #retriesUnderWay = 0;
  #lastWasRetry = false;
  #lastProbe: QueuedEvent | null = null;

  constructor(options: NextParcelOptions) {
    this.#options = options;
  }

  /**
   * Events that fail slowly may not take all workers: half of them, and with one worker every other turn, is for fresh events
   * while there are any. `impatient`: fresh ones wait for no company.
   */
  take(nowMs: number, impatient: boolean): Parcel | null {
    const { fresh, workers } = this.#options;
    const retryFirst = !this.#lastWasRetry && this.#retriesUnderWay * 2 < workers;
    const parcel = retryFirst
      ? (this.#takeDue(nowMs) ?? fresh.take(nowMs, impatient))
      : (fresh.take(nowMs, impatient) ?? this.#takeDue(nowMs));
    return this.#note(parcel);
  }

  /**
   * One event, which was not the last probe if there is any other, by turns a fresh one and one that failed before: a bad event,
   * or many of them, never keep a circuit open. It need not be due.
   */
  takeProbe(): Parcel | null {
    const { fresh } = this.#options;
    const probe = this.#lastWasRetry
      ? (fresh.takeOne() ?? this.#takeFailed())
      : (this.#takeFailed() ?? fresh.takeOne());
    this.#lastProbe = probe?.events[0] ?? null;
    return this.#note(probe);
  }

  /** When something will be there to take; in the past: it is. Null: nothing waits here. */
  get readyMs(): number | null {
    const { fresh, due } = this.#options;
    const dueMs = due.first?.dueMs ?? Number.POSITIVE_INFINITY;
    const freshMs = fresh.readyMs ?? Number.POSITIVE_INFINITY;
    const readyMs = Math.min(dueMs, freshMs);
    return readyMs === Number.POSITIVE_INFINITY ? null : readyMs;
  }

  /** A parcel that had failed before has its answer. */
  retryEnded(): void {
    this.#retriesUnderWay -= 1;
  }

  #note(parcel: Parcel | null): Parcel | null {
    if (parcel === null) return null;
    this.#lastWasRetry = parcel.failures > 0;
    if (this.#lastWasRetry) this.#retriesUnderWay += 1;
    return parcel;
  }

  #takeDue(nowMs: number): Parcel | null {
    const { due } = this.#options;
    return due.first !== undefined && due.first.dueMs <= nowMs ? (due.takeFirst() ?? null) : null;
  }

  #takeFailed(): Parcel | null {
    const { due, fresh } = this.#options;
    const first = due.takeFirst();
    if (first === undefined) return null;
    if (first.events[0] !== this.#lastProbe) return this.#firstOf(first);
    const other = due.takeFirst();
    if (other !== undefined) {
      due.add(first);
      return this.#firstOf(other);
    }
    const one = fresh.takeOne();
    if (one === null) return first;
    due.add(first);
    return one;
  }

  #firstOf(parcel: Parcel): Parcel {
    if (parcel.events.length === 1) return parcel;
    const [one, rest] = split(parcel, 1);
    this.#options.due.add(rest);
    return one;
  }
}
