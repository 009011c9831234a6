// Events that travel in one POST, and what became of it so far.
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
