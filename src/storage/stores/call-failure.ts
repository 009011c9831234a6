// What does a failed call to a store's interface mean, is it worth another attempt, and what can the operator do about it?
import { setTimeout as wait } from 'node:timers/promises';
import type { TransferConfig } from '../../config/storage-config.ts';
import { OutriggerError } from '../../errors.ts';
import type { OnSetback } from '../object-store.ts';

/** A call that brought no good answer. The message quotes neither headers nor bodies nor URLs. */
export class StoreCallFailure extends Error {
  override readonly name = 'StoreCallFailure';
  /** Who failed: the one that gives tokens, or the store. */
  readonly of: 'token' | 'storage';
  /** Null: nobody answered. */
  readonly status: number | null;

  /** `reason`: of no answer, such as ECONNREFUSED. */
  constructor(of: 'token' | 'storage', status: number | null, reason = 'no answer') {
    super(status === null ? reason : `HTTP ${status}`);
    this.of = of;
    this.status = status;
  }

  get transient(): boolean {
    return this.status === null || this.status === 408 || this.status === 429 || this.status >= 500;
  }

  get denied(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

export interface Retries {
  readonly transfer: TransferConfig;
  readonly signal: AbortSignal;
  readonly onSetback?: OnSetback | undefined;
}

const firstBackoffMs = 200;

/**
 * Tries again while that may help, with backoff and jitter; `attempt` gets a signal that also ends it after idleTimeoutMs.
 * @throws StoreCallFailure of the last attempt, the reason of `signal`, and whatever else `attempt` throws
 */
export async function withRetries<Answer>(
  { transfer, signal, onSetback }: Retries,
  attempt: (limited: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  for (let attempts = 1; ; attempts++) {
    const limit = AbortSignal.timeout(transfer.idleTimeoutMs);
    try {
      return await attempt(AbortSignal.any([signal, limit]));
    } catch (error) {
      signal.throwIfAborted();
      const failure = limit.aborted ? new StoreCallFailure('storage', null, 'no answer in time') : error;
      if (!(failure instanceof StoreCallFailure) || !failure.transient || attempts >= transfer.maxAttempts)
        throw failure;
      onSetback?.(`${failure.of === 'token' ? 'who gives tokens' : 'the store'}: ${failure.message}`);
      const backoffMs = Math.min(transfer.maxBackoffMs, firstBackoffMs * 2 ** attempts);
      await wait(backoffMs * (0.5 + Math.random() / 2), undefined, { signal });
    }
  }
}

export interface FailedPlace {
  /** Such as gs://bucket. */
  readonly place: string;
  /** What the operator can do about a refusal. */
  readonly remedy: string;
}

/** @returns STORE_DENIED, MODEL_NOT_FOUND (the bucket, or container), STORE_UNREACHABLE or STORE_FAILED */
export function toOutriggerError(failure: StoreCallFailure, { place, remedy }: FailedPlace): OutriggerError {
  const options = { cause: failure };
  const why = failure.message;
  if (failure.of === 'token' && !failure.transient) {
    return new OutriggerError(
      'STORE_DENIED',
      `${place}: no access token for the credentials (${why}): ${remedy}`,
      options,
    );
  }
  const who = failure.of === 'token' ? 'who gives tokens' : 'the store';
  if (failure.status === null) {
    return new OutriggerError('STORE_UNREACHABLE', `${place}: ${who} cannot be reached (${why})`, options);
  }
  if (failure.denied) return new OutriggerError('STORE_DENIED', `${place}: access denied (${why}): ${remedy}`, options);
  if (failure.status === 404) return new OutriggerError('MODEL_NOT_FOUND', `${place} does not exist`, options);
  return new OutriggerError('STORE_FAILED', `${place}: ${who} answered ${why}`, options);
}
