// What stands between the request path and the deliveries of one sink: events that wait, each ended exactly once.
import type { LogEvent } from '../event/log-event.ts';

/** Why an event was never delivered; a metric label. */
export type DropReason =
  | 'queue_full' // the bounds of the queue in memory were reached
  | 'capture_full' // too many bytes of bodies were being copied at once
  | 'spool_full' // --log-spool-max-bytes, and the memory of the queue is full, too
  | 'too_large' // alone larger than the queue may be
  | 'rejected' // the sink will never take it (such as 400), and there are no dead letters
  | 'attempts' // the sink takes others, but refused this one again and again, and there are no dead letters
  | 'dead_letter_failed' // dead letters were wanted and could not be kept either
  | 'corrupt' // what was read from the spool is no event
  | 'shutdown'; // still waiting when the agent had to end

/** How an event leaves its queue for ever. */
export type Ending = 'delivered' | 'dead_lettered' | DropReason;

/** An event of a queue; whoever took it ends it exactly once. */
export interface QueuedEvent {
  readonly event: LogEvent;
  /** What it counts for. */
  readonly bytes: number;
  /** performance.now(); of one that was found in the spool: when it was read. */
  readonly queuedMs: number;
  /** Of its place on disk; null: it is in memory only. */
  readonly spoolId: number | null;
}

/** The producer's side. */
export interface EventIntake {
  /**
   * Takes the event, or drops it and counts why. Never throws. A promise when the caller owes it to its client to wait (the
   * event is about to be written to disk): it resolves, never rejects, after --log-spool-wait-ms at the latest.
   */
  offer(event: LogEvent): Promise<void> | null;
}

/** The consumer's side: the sender of CloudEvents, or another sink. */
export interface EventSource {
  /** The next one that waits; it stays counted as queued until `end`. Undefined: none is here now. */
  take(): QueuedEvent | undefined;
  end(queued: QueuedEvent, ending: Ending): void;
  /** Calls back (at once or later, more than once) when `take` may have something. One listener. */
  onReady(listener: () => void): void;
  /** Events not ended yet, those taken included. */
  readonly depth: number;
  readonly bytes: number;
}

export interface EventQueue extends EventIntake, EventSource, AsyncDisposable {
  /** Since when the oldest waits (performance.now()); null: none does. */
  readonly oldestMs: number | null;
  /**
   * The agent ends: no more events come. Events that are on disk stay there for the next start; those that are not are dropped
   * ('shutdown'). Resolves with how many there were of each, when the disk has all it should have.
   */
  close(): Promise<{ readonly kept: number; readonly dropped: number }>;
}
