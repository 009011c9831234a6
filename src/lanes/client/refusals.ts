// How a client is told no: as by the node:http end, whose parser words what it cannot read.
import { OutriggerError } from '../../errors.ts';
import { errorAnswer } from '../../http/error-body.ts';
import { FlatHeaderBlock, type HeaderBlock } from '../../http/header-block.ts';
import { explainParserError } from '../../server/raw-refusal.ts';

export interface ErrorResponse {
  readonly status: number;
  readonly headers: HeaderBlock;
  readonly body: Uint8Array;
  readonly trailers: null;
}

/** A ProxyResponse with the standard phrase of its status. */
export function errorResponse(error: OutriggerError): ErrorResponse {
  const { status, headers, body } = errorAnswer(error);
  return { status, headers: new FlatHeaderBlock(headers), body, trailers: null };
}

/** The client ended its side in the middle of a body. */
export function requestCut(): OutriggerError {
  return explainParserError(coded('HPE_INVALID_EOF_STATE'));
}

export function slowHead(): OutriggerError {
  return explainParserError(coded('ERR_HTTP_REQUEST_TIMEOUT'));
}

/** `cause`: a ChunkError. */
export function unreadableBody(cause: Error): OutriggerError {
  return new OutriggerError('REQUEST_MALFORMED', `the request is no valid HTTP/1.1: ${cause.message}`, { cause });
}

function coded(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}
