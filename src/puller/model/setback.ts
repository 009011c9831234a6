// What failed last for a model, whether it can pass by itself, and when it is tried again.
import type { ModelRetryConfig } from '../../config/slices.ts';
import { type ErrorCode, OutriggerError } from '../../errors.ts';

export interface Setback {
  readonly code: ErrorCode;
  /** For people; without secrets. */
  readonly reason: string;
  /** In a row. */
  readonly attempts: number;
  /** Nothing but a change of the model, the store or the credentials can help: readiness does not wait for more attempts. */
  readonly permanent: boolean;
  /** Monotonic. */
  readonly nextTryAtMs: number;
}

/** 403, 404, a spec that means nothing, an archive that is refused (issue 7, 4). They are tried on too: a person may mend it. */
const permanentCodes: readonly ErrorCode[] = [
  'MODEL_URI_INVALID',
  'MODEL_SPEC_INVALID',
  'MODEL_NOT_FOUND',
  'MODEL_TOO_LARGE',
  'STORE_DENIED',
  'ADDRESS_REFUSED',
  'UNSAFE_PATH',
  'ARCHIVE_INVALID',
  'PULL_TOO_LARGE',
];

export interface SetbackClock {
  /** Monotonic. */
  readonly nowMs: number;
  /** From 0 to 1. */
  readonly random: number;
  readonly retry: ModelRetryConfig;
}

/** Up to half of the wait is taken off by chance: thousands that failed together do not come back together. */
export function afterFailure(before: Setback | null, error: unknown, { nowMs, random, retry }: SetbackClock): Setback {
  const attempts = (before?.attempts ?? 0) + 1;
  const waitMs = Math.min(retry.firstMs * 2 ** Math.min(attempts - 1, 16), retry.maxMs);
  const code = error instanceof OutriggerError ? error.code : 'INTERNAL';
  return {
    code,
    reason: error instanceof Error ? error.message : String(error),
    attempts: isAway(error) ? (before?.attempts ?? 0) : attempts,
    permanent: permanentCodes.includes(code),
    nextTryAtMs: nowMs + waitMs * (1 - random / 2),
  };
}

/** Nobody listens: the runtime is not there, which is no fault of the model. */
function isAway(error: unknown): boolean {
  if (!(error instanceof OutriggerError) || error.code !== 'UPSTREAM_UNREACHABLE') return false;
  return (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED';
}
