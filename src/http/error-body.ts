// How the agent says no: one JSON object with one sentence, as every V2 server does (OIP inference_rest.md).
import { OutriggerError } from '../errors.ts';

export interface ErrorAnswer {
  readonly status: number;
  readonly headers: readonly string[]; // flat
  readonly body: Uint8Array;
}

/** Seconds that an overloaded agent asks a client to stay away. */
const retryAfterSeconds = 1;

export function errorAnswer(error: OutriggerError): ErrorAnswer {
  const body = Buffer.from(JSON.stringify({ error: error.message }));
  const headers = ['Content-Type', 'application/json', 'Content-Length', String(body.length)];
  if (error.code === 'OVERLOADED' || error.code === 'TOO_MANY_CONNECTIONS') {
    headers.push('Retry-After', String(retryAfterSeconds));
  }
  if (error.code === 'METHOD_NOT_ALLOWED') headers.push('Allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
  return { status: error.httpStatus, headers, body };
}

/** Anything thrown on the request path as one of our errors; what is not is a fault of the agent. */
export function asOutriggerError(error: unknown): OutriggerError {
  if (error instanceof OutriggerError) return error;
  return new OutriggerError('INTERNAL', 'the agent failed to handle this request', { cause: error });
}
