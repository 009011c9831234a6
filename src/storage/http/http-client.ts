// The words of our own HTTP client for stores: one exchange, its bytes handed over as they arrive.
import type { OutriggerError } from '../../errors.ts';
import type { AnswerHeaders, Reach, StoreRequest } from '../object-store.ts';

export interface AnswerHead {
  /** Never 1xx. Redirects come as they are: the client follows none. */
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** Of Content-Range, RFC 9110 14.4; null: none, or not readable. */
  readonly contentRange: { readonly first: number; readonly last: number; readonly total: number | null } | null;
  /** Bytes of body that follow; null: chunked, or until the connection closes. */
  readonly bodyBytes: number | null;
}

/** Calls in this order: head?, bytes*, ended. Nothing after `ended`, nothing at all after a cancel. */
export interface AnswerReceiver {
  /** False: no body wanted; the connection is closed unless the body is small, and `ended(null)` follows. */
  head(head: AnswerHead): boolean;
  /** The chunk is the client's own buffer and is used again as soon as this returns. What it throws fails the exchange. */
  bytes(chunk: Uint8Array): void;
  /** Exactly once. Null: the answer came whole. */
  ended(failure: FetchFailure | null): void;
}

/**
 * connect: refused, unreachable, DNS, TLS; broken: reset, or closed before the end; stalled: no byte for idleTimeoutMs;
 * protocol: no valid HTTP; receiver: what `bytes` threw; refused: the address rule (final: no attempt helps).
 */
export type FetchFailureKind = 'connect' | 'broken' | 'stalled' | 'protocol' | 'receiver' | 'refused';

export interface FetchFailure {
  readonly kind: FetchFailureKind;
  /** For people; names host and port, never a path, query or user part. */
  readonly message: string;
  readonly cause: Error | OutriggerError | null;
}

/** A lane has one connection, kept alive between exchanges with the same origin; one exchange at a time. */
export interface HttpLane {
  /** Returns how to cancel it: the connection is closed then. */
  fetch(request: StoreRequest, receiver: AnswerReceiver): () => void;
  /** Idle or not: closes the connection. */
  close(): void;
}

export interface HttpClient {
  openLane(reach: Reach): HttpLane;
}
