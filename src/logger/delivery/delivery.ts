// The words between a sender, which decides, and a sink's carrier, which takes events there: one attempt and what came of it.

import type { LogEvent } from '../event/log-event.ts';

/** Takes events to where a sink wants them. */
export interface Carrier extends AsyncDisposable {
  /**
   * True: what went together in one attempt goes together in every other one, so that an attempt whose answer was lost is not
   * done twice in other pieces; and none is the last, since what fails there can be repaired.
   */
  readonly together: boolean;
  /** Calls back exactly once; may be called `workers` times at once. Never throws. */
  deliver(events: readonly LogEvent[], done: (attempt: Attempt) => void): void;
}

/** One POST, without Host and Content-Length. */
export interface EncodedEvents {
  /** Header lines in latin1, each with its CRLF: Content-Type, and `ce-*` in binary mode. */
  readonly headers: string;
  readonly body: readonly Uint8Array[];
  readonly bodyBytes: number;
}

/** How events become one POST. */
export interface EventEncoding {
  /** Exactly one event, but for `batched`. The same events give the same bytes. Never throws for what they hold. */
  encode(events: readonly LogEvent[]): EncodedEvents;
}

/** What a sink said, or that it said nothing, or why it was not asked. */
export type Attempt =
  /** `text`: the begin of the answer's body. */
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter: string | null; readonly text: string }
  | { readonly kind: 'failed'; readonly code: FailureCode; readonly message: string }
  /** These events can never be there, whatever is repaired. */
  | { readonly kind: 'unfit'; readonly message: string };

/** store: an object store did not take it; marshaller: --log-marshaller-url did not; thread: ours that talks to stores died. */
export type FailureCode = ConnectionFailureCode | 'store' | 'marshaller' | 'thread';

/** timeout: --log-client-timeout was over; tls: the certificate was not accepted; protocol: the answer was no HTTP. */
type ConnectionFailureCode = 'refused' | 'reset' | 'timeout' | 'dns' | 'tls' | 'protocol' | 'unreachable' | 'closed';

/** Why there is no connection, in words for people. */
export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
}

/** A sink's end of the wire. */
export interface SinkClient extends AsyncDisposable {
  /** Calls back exactly once; may be called `workers` times at once. Never throws. */
  post(events: EncodedEvents, done: (attempt: Attempt) => void): void;
}
