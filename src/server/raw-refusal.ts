// Answers for connections that have no ServerResponse: what the parser could not read, CONNECT, too many connections.

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { OutriggerError } from '../errors.ts';
import { errorAnswer } from '../http/error-body.ts';
import type { Metrics } from '../metrics.ts';

/** Time that a refused client has to read its answer before the connection is cut. */
const readAnswerMs = 1000;

/** Writes the error as an HTTP/1.1 answer and closes; later bytes of the client are dropped unread. */
export function endWithError(socket: Socket, error: OutriggerError, metrics: Metrics): void {
  metrics.errors(error.code).add();
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = errorAnswer(error);
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`];
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  lines.push('Connection: close', '', '');
  socket.on('error', () => socket.destroy());
  socket.end(Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), body]));
  socket.resume(); // unread bytes would turn the close into a reset that overtakes the answer
  setTimeout(() => socket.destroy(), readAnswerMs).unref();
}

/** node's parser error, or its header timeout, as one of ours. */
export function explainParserError(error: NodeJS.ErrnoException & { rawPacket?: Buffer }): OutriggerError {
  const packet = error.rawPacket?.toString('latin1', 0, 256) ?? '';
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return packet.includes('\r\n')
        ? new OutriggerError('REQUEST_HEADERS_TOO_LARGE', 'the header fields are too large')
        : new OutriggerError('REQUEST_TARGET_TOO_LONG', 'the request target is too long');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new OutriggerError('REQUEST_TIMEOUT', 'the head of the request took too long');
    case 'HPE_INVALID_METHOD':
      if (/^[A-Z][A-Z-]{0,20} \/\S* HTTP\/1\.[01]\r\n/.test(packet)) {
        return new OutriggerError('METHOD_UNKNOWN', 'this method is not proxied');
      }
      break;
    default:
      break;
  }
  return new OutriggerError('REQUEST_MALFORMED', `the request is no valid HTTP/1.1: ${error.code ?? 'parse error'}`, {
    cause: error,
  });
}
