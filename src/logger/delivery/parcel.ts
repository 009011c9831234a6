// Events that travel in one POST, and what became of it so far; and those that wait for another attempt, the one due first in front.
import type { QueuedEvent } from '../queue/event-queue.ts';

export interface Parcel {
  /** At least one. */
  readonly events: readonly QueuedEvent[];
  /** Attempts that failed; for the backoff. */
  failures: number;
  /** Failures while the sink took others: those that speak against the parcel. */
  strikes: number;
  /** Deliveries of the sink when the parcel was sent for the first time, or failed the last time. */
  deliveriesSeen: number;
  /** Not to be sent before. */
  dueMs: number;
}

export function parcelOf(events: readonly QueuedEvent[]): Parcel {
  return { events, failures: 0, strikes: 0, deliveriesSeen: 0, dueMs: 0 };
}

/** It failed while the sink took others. */
export function isSuspect({ strikes }: Parcel): boolean {
  return strikes > 0;
}

/** The first `count` events, and the rest. Both start without strikes: nobody knows which of them those were for. */
export function split(parcel: Parcel, count: number): readonly [Parcel, Parcel] {
  const { events } = parcel;
  return [
    { ...parcel, strikes: 0, events: events.slice(0, count) },
    { ...parcel, strikes: 0, events: events.slice(count) },
  ];
}

/** A binary heap: thousands may wait, each for its own time. */
export class DueList {
  readonly #heap: Parcel[] = [];

  get first(): Parcel | undefined {
    return this.#heap[0];
  }

  add(parcel: Parcel): void {
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (heap[above]!.dueMs <= parcel.dueMs) break;
      heap[place] = heap[above]!;
      place = above;
    }
    heap[place] = parcel;
  }

  takeFirst(): Parcel | null {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    if (last === first) return first;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below + 1 < heap.length && heap[below + 1]!.dueMs < heap[below]!.dueMs) below += 1;
      if (below >= heap.length || heap[below]!.dueMs >= last.dueMs) break;
      heap[place] = heap[below]!;
      place = below;
    }
    heap[place] = last;
    return first;
  }

  /** None waits longer than until then. Their order stays. */
  hasten(dueMs: number): void {
    for (const parcel of this.#heap) parcel.dueMs = Math.min(parcel.dueMs, dueMs);
  }
}
