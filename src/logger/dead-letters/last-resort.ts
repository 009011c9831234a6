// The end of an event that its sink does not take: the dead letters, or a loss with a reason.
import type { Attempt } from '../delivery/delivery.ts';
import type { DropReason, EventSource, QueuedEvent } from '../queue/event-queue.ts';
import { causeOf, type DeadLetters } from './dead-letter.ts';

export interface LastResortOptions {
  readonly source: EventSource;
  readonly deadLetters: DeadLetters | null;
  /** What dead letters call the sink. */
  readonly label: string;
  /** An event was ended here; `lost`: it is nowhere. */
  readonly ended: (lost: boolean) => void;
}

export class LastResort {
  readonly #options: LastResortOptions;
  #closed = false;

  constructor(options: LastResortOptions) {
    this.#options = options;
  }

  /** Until it is ended it counts as queued: dead letters that are slow or many have the bound of the queue. */
  take(queued: QueuedEvent, attempt: Attempt, reason: DropReason): void {
    const { source, deadLetters, label, ended } = this.#options;
    if (deadLetters === null) {
      source.end(queued, reason);
      ended(true);
      return;
    }
    void deadLetters.bury(queued.event, causeOf(attempt, label)).then((kept) => {
      if (this.#closed && !kept) return;
      source.end(queued, kept ? 'dead_lettered' : 'dead_letter_failed');
      ended(!kept);
    });
  }

  /** From now on an event that finds no grave stays in its queue: a spool may do better after the next start. */
  close(): void {
    this.#closed = true;
  }
}
