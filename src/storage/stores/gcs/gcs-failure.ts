// What went wrong in a call of Google's client? Reads its errors, of which neither configuration nor body is kept.
import { StoreCallFailure } from '../call-failure.ts';

interface GaxiosLike {
  readonly status?: unknown;
  readonly response?: { readonly status?: unknown };
  readonly code?: unknown;
  readonly cause?: { readonly code?: string; readonly name?: string };
}

export function readGcsFailure(of: 'token' | 'storage', error: unknown): StoreCallFailure {
  const { status, response, code, cause } = error as GaxiosLike;
  const answered = status ?? response?.status;
  if (typeof answered === 'number') return new StoreCallFailure(of, answered);
  const reason = typeof code === 'string' ? code : (cause?.code ?? cause?.name);
  return new StoreCallFailure(of, null, reason);
}

/** By where the credentials come from. */
export const gcsRemedies = {
  key: 'check the key that GOOGLE_APPLICATION_CREDENTIALS names, and that its account may use this bucket',
  metadata: "grant the workload's service account access to this bucket, or set GOOGLE_APPLICATION_CREDENTIALS",
  anonymous: 'set GOOGLE_APPLICATION_CREDENTIALS, run with workload identity, or make the bucket public',
} as const;
