// What is wrong with an exchange over HTTP/1.1 that failed: the runtime's framing, its connection, or ourselves.
import { OutriggerError } from '../errors.ts';

/** Connecting failed, so nothing of the exchange was sent. */
export class ConnectFailure extends Error {
  override readonly name = 'ConnectFailure';
  override readonly cause: Error;

  constructor(cause: Error) {
    super(cause.message);
    this.cause = cause;
  }
}

/** undici: the answer is not what its head announced, or its head is too large. */
const badAnswerCodes = new Set(['UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH']);
/** undici's words for an answer that nobody asked for (100, or bytes after a body) and for an unasked 101. */
const badAnswerMessages = new Set(['bad response', 'bad upgrade']);

function isBadAnswer(cause: Error): boolean {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  // The parsers: node:http has HPE_* codes, undici's class has the name only.
  if (code.startsWith('HPE_') || cause.name === 'HTTPParserError') return true;
  return badAnswerCodes.has(code) || badAnswerMessages.has(cause.message);
}

/** `cause` as it came from undici or node:http; one of our own errors stays what it is. */
export function explainFailure(cause: Error): OutriggerError {
  if (cause instanceof OutriggerError) return cause;
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') {
    return new OutriggerError('INTERNAL', 'the agent cannot write this request', { cause });
  }
  if (isBadAnswer(cause)) {
    return new OutriggerError('UPSTREAM_PROTOCOL_ERROR', `the runtime's answer is no valid HTTP: ${cause.message}`, {
      cause,
    });
  }
  return new OutriggerError('UPSTREAM_UNREACHABLE', `the runtime closed the connection: ${cause.message}`, { cause });
}
