// What does a failed call to Google Cloud Storage mean, and what can the operator do about it? Never quotes headers or bodies.
import { OutriggerError } from '../../../errors.ts';

/** A call that brought no good answer. `status`: null when nobody answered. */
export class GcsCallFailure extends Error {
  override readonly name = 'GcsCallFailure';
  readonly of: 'token' | 'storage';
  readonly status: number | null;

  constructor(of: 'token' | 'storage', error: unknown) {
    const { status, response, code, cause } = error as GaxiosLike;
    const answered = status ?? response?.status ?? null;
    super(answered === null ? (code ?? cause?.code ?? cause?.name ?? 'no answer') : `HTTP ${answered}`);
    this.of = of;
    this.status = typeof answered === 'number' ? answered : null;
  }

  /** Worth another attempt: JSON API, "Retry strategy". */
  get transient(): boolean {
    return this.status === null || this.status === 408 || this.status === 429 || this.status >= 500;
  }

  get denied(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

interface GaxiosLike {
  readonly status?: number;
  readonly response?: { readonly status?: number };
  readonly code?: string;
  readonly cause?: { readonly code?: string; readonly name?: string };
}

const remedies = {
  key: 'check the key that GOOGLE_APPLICATION_CREDENTIALS names, and that its account may read or write this bucket',
  metadata: "grant the workload's service account access to this bucket, or set GOOGLE_APPLICATION_CREDENTIALS",
  anonymous: 'set GOOGLE_APPLICATION_CREDENTIALS, run with workload identity, or make the bucket public',
} as const;

export interface GcsPlace {
  readonly bucket: string;
  readonly source: keyof typeof remedies;
}

/** @returns STORE_DENIED, MODEL_NOT_FOUND, STORE_UNREACHABLE or STORE_FAILED */
export function toOutriggerError(failure: GcsCallFailure, { bucket, source }: GcsPlace): OutriggerError {
  const place = `gs://${bucket}`;
  const options = { cause: failure };
  if (failure.of === 'token' && failure.status !== null && !failure.transient) {
    const text = `${place}: no access token for the credentials (${failure.message}): ${remedies[source]}`;
    return new OutriggerError('STORE_DENIED', text, options);
  }
  const asked = failure.of === 'token' ? `${place}: the token endpoint` : `${place}: the store`;
  if (failure.status === null) {
    return new OutriggerError('STORE_UNREACHABLE', `${asked} cannot be reached (${failure.message})`, options);
  }
  if (failure.denied) {
    return new OutriggerError(
      'STORE_DENIED',
      `${place}: access denied (${failure.message}): ${remedies[source]}`,
      options,
    );
  }
  if (failure.status === 404) {
    return new OutriggerError('MODEL_NOT_FOUND', `${place}: there is no such bucket`, options);
  }
  return new OutriggerError('STORE_FAILED', `${asked} answered ${failure.message}`, options);
}
