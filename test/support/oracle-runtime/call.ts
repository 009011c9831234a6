// One inference as the oracle received it.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

export interface Call {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** name, value, name, value; as sent. */
  readonly rawHeaders: readonly string[];
  /** As sent, Content-Encoding included. */
  readonly body: Buffer;
  /** Its JSON: the body up to Inference-Header-Content-Length. */
  readonly json: string;
  /** What stands behind the JSON. */
  readonly blob: Buffer;
  /** Null until it was read, and for what could not be read. */
  rows: number | null;
  answered: boolean;
  /** The agent went away before it had its answer. */
  aborted: boolean;
}

export function recordCall({ url = '', headers, rawHeaders }: IncomingMessage, body: Buffer): Call {
  const length = Number(headers['inference-header-content-length'] ?? body.length);
  const bytes = Number.isInteger(length) && length >= 0 ? length : body.length;
  return {
    path: url,
    headers,
    rawHeaders,
    body,
    json: body.toString('utf8', 0, bytes),
    blob: body.subarray(bytes),
    rows: null,
    answered: false,
    aborted: false,
  };
}
