// How the agent says no: one JSON object with one sentence, as every V2 server does (OIP inference_rest.md).
import { type ErrorCode, OutriggerError } from '../errors.ts';

export interface ErrorAnswer {
  readonly status: number;
  readonly headers: readonly string[]; // flat
  readonly body: Uint8Array;
}

/** Seconds that a client is asked to stay away when the error itself does not say how many. */
const standardRetryAfterSeconds = 1;
const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['OVERLOADED', 'TOO_MANY_CONNECTIONS', 'MODEL_NOT_READY']);

export function errorAnswer(error: OutriggerError): ErrorAnswer {
  const body = Buffer.from(JSON.stringify({ error: error.message }));
  const headers = ['Content-Type', 'application/json', 'Content-Length', String(body.length)];
  const seconds = error.retryAfterSeconds ?? (passing.has(error.code) ? standardRetryAfterSeconds : null);
  if (seconds !== null) headers.push('Retry-After', String(seconds));
  if (error.code === 'METHOD_NOT_ALLOWED') headers.push('Allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
  return { status: error.httpStatus, headers, body };
}

/** Anything thrown on the request path as one of our errors; what is not is a fault of the agent. */
export function asOutriggerError(error: unknown): OutriggerError {
  if (error instanceof OutriggerError) return error;
  return new OutriggerError('INTERNAL', 'the agent failed to handle this request', { cause: error });
}
