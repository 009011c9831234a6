// How an exchange ended, in one word.
import type { Outcome } from './api.ts';

export interface Ending {
  readonly cancelled: boolean;
  /** Null: no answer came. */
  readonly status: number | null;
  /** Null: no gRPC, or its answer ended without one. */
  readonly grpcStatus: number | null;
  /** The answer did not come to its end. */
  readonly broken: boolean;
}

/** A client that left is nobody's error, whatever its leaving broke. */
export function outcomeOf({ cancelled, status, grpcStatus, broken }: Ending): Outcome {
  if (cancelled) return 'cancelled';
  if (status === null || status >= 400 || broken) return 'error';
  return grpcStatus === null || grpcStatus === 0 ? 'ok' : 'error';
}
