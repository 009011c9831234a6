// One event of a queue with a spool: what it is, and whether the disk has it.
import type { LogEvent } from '../event/log-event.ts';
import type { QueuedEvent } from '../queue/event-queue.ts';

export class SpooledEvent implements QueuedEvent {
  readonly event: LogEvent;
  readonly bytes: number;
  readonly queuedMs: number;
  /** False: it is here only until the disk has it. */
  inMemory = false;
  /** Set from the moment when it is on its way to the disk; null again when it did not get there. */
  spoolId: number | null = null;
  /** Of its row. */
  storedBytes = 0;

  /** `bytes`: as sizeOf counts them. */
  constructor(event: LogEvent, bytes: number) {
    this.event = event;
    this.bytes = bytes;
    this.queuedMs = performance.now();
  }
}
