// What an attempt means for its event: done, once more, or never, by the sender's side of Knative's delivery contract.
import type { Attempt } from './delivery.ts';

export type Verdict =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'rejected' } // this sink will never take this event
  | RetryVerdict;

export interface RetryVerdict {
  readonly kind: 'retry';
  /** No sooner than so; null: the sink did not say. */
  readonly afterMs: number | null;
  /** The sink has enough for now, of whatever event: its word is for all of them, and no fault of this one. */
  readonly throttled: boolean;
}

export interface Judging {
  /** Date.now(): for a Retry-After that is a date. */
  readonly wallMs: number;
  /** A sink that asks for more patience gets this much. */
  readonly maxAfterMs: number;
}

/**
 * Knative data plane contract, "Delivery retry": 404 (a route that is not there yet), 408, 409, 429 and 5xx are tried again, and
 * whatever brought no answer. Any 2xx is success. The rest is final, redirects included: a payload goes to no address that nobody
 * configured.
 */
export function judge(attempt: Attempt, judging: Judging): Verdict {
  if (attempt.kind === 'failed') return { kind: 'retry', afterMs: null, throttled: false };
  if (attempt.kind === 'unfit') return { kind: 'rejected' };
  const { status, retryAfter } = attempt;
  if (status >= 200 && status <= 299) return { kind: 'delivered' };
  if (!isTransient(status)) return { kind: 'rejected' };
  const afterMs = readRetryAfter(retryAfter, judging);
  return { kind: 'retry', afterMs, throttled: status === 429 || (status === 503 && afterMs !== null) };
}

function isTransient(status: number): boolean {
  return status === 404 || status === 408 || status === 409 || status === 429 || (status >= 500 && status <= 599);
}

/** RFC 9110 10.2.3: seconds, or a date. Null: none, none that can be read, or a moment that is over. */
export function readRetryAfter(value: string | null, { wallMs, maxAfterMs }: Judging): number | null {
  if (value === null) return null;
  const text = value.trim();
  const afterMs = /^\d+$/.test(text) ? Number(text) * 1000 : readDate(text) - wallMs;
  return afterMs > 0 ? Math.min(afterMs, maxAfterMs) : null;
}

/** NaN: no date of HTTP. All that are still written end in GMT. */
function readDate(text: string): number {
  return /^[A-Z][a-z]+, \d{2}[ -][A-Z][a-z]{2}[ -](\d{2}|\d{4}) \d{2}:\d{2}:\d{2} GMT$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
}
