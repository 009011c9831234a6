// What is wrong with an exchange over HTTP/1.1 that failed: the runtime's framing, its connection, or ourselves.
import { OutriggerError } from '../errors.ts';

/** Codes of undici beside the parser's own (HPE_*): the answer is not what its head announced, or its head is too large. */
const badAnswerCodes = new Set(['UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH']);
/** undici's words for an answer that nobody asked for (100, or bytes after a body) and for an unasked 101. */
const badAnswerMessages = new Set(['bad response', 'bad upgrade']);

/** `cause` as it came from undici or node:http; one of our own errors stays what it is. */
export function explainFailure(cause: Error): OutriggerError {
  if (cause instanceof OutriggerError) return cause;
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') {
    return new OutriggerError('INTERNAL', 'the agent cannot write this request', { cause });
  }
  if (code.startsWith('HPE_') || badAnswerCodes.has(code) || badAnswerMessages.has(cause.message)) {
    return new OutriggerError('UPSTREAM_PROTOCOL_ERROR', `the runtime's answer is no valid HTTP: ${cause.message}`, {
      cause,
    });
  }
  return new OutriggerError('UPSTREAM_UNREACHABLE', `the runtime closed the connection: ${cause.message}`, { cause });
}
