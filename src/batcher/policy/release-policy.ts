// WHEN a batch is sent: what the queue of one key tells its policy, and what it asks. No clock, timer or socket in here.

/** Why a batch left; a metric label. */
export type FlushReason =
  | 'full' // maxRows, or the next request would not have fitted
  | 'ahead' // full, and sent before a slot is free: it hides the round trip
  | 'idle' // a slot is free and nobody else is expected, or nobody worth waiting for: it was not held
  | 'released' // it was held; those it was held for came, or are not worth waiting for any longer
  | 'target' // an even share of what is there for each of several slots
  | 'max_latency' // the limit of waiting
  | 'probe' // half of a batch, to learn how many slots the runtime has
  | 'drain'; // the agent stops, or the model is loaded anew

/** What the runtime was seen to do: t(rows) = overheadMs + rowMs * rows, on `slots` at once. Null: not learned yet. */
export interface RuntimeFit {
  readonly overheadMs: number;
  readonly rowMs: number;
  readonly slots: number;
}

export interface Flight {
  readonly rows: number;
}

export interface SentMember<Source> {
  readonly source: Source;
  readonly rows: number;
}

export interface Release {
  /** 0: wait. Else send requests in order of arrival, as long as `fits` says so; never more rows than this, but for a lone head. */
  readonly rows: number;
  /** How many rows the batch should come to, at most `rows`: an even share of several slots, or half of a batch. */
  readonly targetRows: number;
  readonly reason: FlushReason;
}

/**
 * May a request of `next` rows join a batch that has `taken`? Yes while the cap holds and it brings the batch nearer to its
 * target. The head of the queue always goes, also one that a lowered cap made too large: it is sent alone.
 */
export function fits(batch: {
  readonly taken: number;
  readonly next: number;
  readonly maxRows: number;
  readonly targetRows: number;
}): boolean {
  const { taken, next, maxRows, targetRows } = batch;
  return taken === 0 || (taken + next <= maxRows && taken + next / 2 <= targetRows);
}

/**
 * One object per batch key (facts: docs of the policy in adaptive-policy.ts). All times are milliseconds of one monotonic
 * clock and never go back. `Source` is whatever the policy remembers of one client; a client of HTTP/1.1 has one, an HTTP/2
 * session one for each request that it had under way at once.
 */
export interface ReleasePolicy<Source> {
  openSource(): Source;
  /** Its connection ended: it will not be back. */
  closeSource(source: Source): void;
  /** A request of so many rows joined the queue. */
  arrived(nowMs: number, source: Source, rows: number): void;
  /** A waiting request was taken back by its client. `oldestMs`: arrival of the oldest that still waits, null: none does. */
  withdrawn(nowMs: number, rows: number, oldestMs: number | null): void;
  /** What to send now; send it, and call again until it says 0 rows. `full`: what waits fills a batch by bytes. */
  decide(nowMs: number, full: boolean): Release;
  /** One client was seen and no other: nobody can join what it sends, so it is decided on without waiting for a turn. */
  readonly alone: boolean;
  /** When to ask again although nothing happened, as found by the last decide; Infinity: something will happen. */
  readonly wakeMs: number;
  /** They left the queue as one call, as the last decide said. `oldestMs` as above. A drain may send without asking first. */
  sent(nowMs: number, rows: number, oldestMs: number | null): Flight;
  /** The call is over. Tell it before its answers are written. `ok` false: its time teaches nothing. */
  answered(nowMs: number, flight: Flight, members: readonly SentMember<Source>[], ok: boolean): void;
  /** Rows of a batch at most, and how many calls the runtime works on at once (null: to be learned). */
  limit(maxRows: number, slots: number | null): void;
  readonly fit: RuntimeFit | null;
}
