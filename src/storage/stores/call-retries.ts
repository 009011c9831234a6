// Tries a call to a store's interface again while that may help: for official clients whose own retries know no limit of ours.
import { setTimeout as wait } from 'node:timers/promises';
import type { TransferConfig } from '../../config/storage-config.ts';
import { backoffMs } from '../http/retry-rules.ts';
import type { OnSetback } from '../object-store.ts';
import { StoreCallFailure } from './call-failure.ts';

export interface CallRetries {
  readonly transfer: TransferConfig;
  readonly signal: AbortSignal;
  readonly onSetback?: OnSetback | undefined;
}

/**
 * With backoff and jitter; `attempt` gets a signal that also ends it after idleTimeoutMs.
 * @throws StoreCallFailure of the last attempt, the reason of `signal`, and whatever else `attempt` throws
 */
export async function withRetries<Answer>(
  { transfer, signal, onSetback }: CallRetries,
  attempt: (limited: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  for (let failures = 1; ; failures += 1) {
    const limit = AbortSignal.timeout(transfer.idleTimeoutMs);
    try {
      return await attempt(AbortSignal.any([signal, limit]));
    } catch (error) {
      signal.throwIfAborted();
      const failure = limit.aborted ? new StoreCallFailure('storage', null, 'no answer in time') : error;
      const isFinal = !(failure instanceof StoreCallFailure) || !failure.transient || failures >= transfer.maxAttempts;
      if (isFinal) throw failure;
      onSetback?.(`${failure.who}: ${failure.message}`);
      await wait(backoffMs(failures, transfer.maxBackoffMs, Math.random), undefined, { signal });
    }
  }
}
