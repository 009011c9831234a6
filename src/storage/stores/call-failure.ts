// What does a failed call to a store's interface mean, and what can the operator do about it?
import { OutriggerError } from '../../errors.ts';
import { isDistrust, isPassingStatus } from '../http/retry-rules.ts';

/** Of who does not answer at all. */
export const unreachableRemedy = 'check the network on the way there; where a proxy is needed, set HTTPS_PROXY';

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
    return this.status === null ? !isDistrust(this.message) : isPassingStatus(this.status);
  }

  get denied(): boolean {
    return this.status === 401 || this.status === 403;
  }

  /** For messages. */
  get who(): string {
    return this.of === 'token' ? 'who gives tokens' : 'the store';
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
  const { who, message: why } = failure;
  if (failure.status === null && isDistrust(why)) {
    const advice = 'name the authority of its certificate with --store-ca-file';
    return new OutriggerError('STORE_UNREACHABLE', `${place}: ${who} is not trusted (${why}): ${advice}`, options);
  }
  if (failure.of === 'token' && !failure.transient) {
    return new OutriggerError(
      'STORE_DENIED',
      `${place}: no access token for the credentials (${why}): ${remedy}`,
      options,
    );
  }
  if (failure.status === null) {
    return new OutriggerError(
      'STORE_UNREACHABLE',
      `${place}: ${who} cannot be reached (${why}): ${unreachableRemedy}`,
      options,
    );
  }
  if (failure.denied) return new OutriggerError('STORE_DENIED', `${place}: access denied (${why}): ${remedy}`, options);
  if (failure.status === 404) return new OutriggerError('MODEL_NOT_FOUND', `${place} does not exist`, options);
  return new OutriggerError('STORE_FAILED', `${place}: ${who} answered ${why}`, options);
}
