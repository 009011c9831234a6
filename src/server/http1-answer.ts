// Writes the runtime's answer to an HTTP/1.1 client: bytes in one go, a stream as it comes, 1xx before either.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { OutriggerError } from '../errors.ts';
import type { ProxyResponse } from '../http/exchange.ts';
import type { HeaderBlock } from '../http/header-block.ts';
import { withoutFields } from '../http/hop-by-hop.ts';
import { pump } from '../http/pump.ts';
import { readTrailers } from '../http/trailers.ts';

/** Who follows an answer on its way. */
export interface AnswerWatcher {
  sent(bytes: number): void;
  fail(error: unknown): void;
}

/** Up to here copying a body costs less than a write of two pieces. */
const joinedBodyBytes = 4096;

/** `last`: the connection ends with this answer. @throws OutriggerError UPSTREAM_PROTOCOL_ERROR: nothing was written */
export function writeAnswer(outgoing: ServerResponse, response: ProxyResponse, last: boolean, watcher: AnswerWatcher) {
  const { body } = response;
  const flat = response.headers.write([]);
  if (last) flat.push('Connection', 'close');
  if (!(body instanceof Uint8Array)) {
    writeHead(outgoing, response, flat);
    writeStream(outgoing, response, body, watcher);
    return;
  }
  watcher.sent(body.length);
  if (response.trailers?.fields) {
    writeHead(outgoing, response, flat);
    outgoing.write(body);
    endWithTrailers(outgoing, response);
    return;
  }
  if (mayHaveBody(outgoing, response.status) && response.headers.get('content-length') === undefined) {
    flat.push('Content-Length', String(body.length)); // it came chunked, and is complete
  }
  writeHead(outgoing, response, flat);
  endWithBytes(outgoing, body);
}

/** A short body as latin1 text leaves in one write with its head: node joins strings, but not buffers (measured: 6 % of S1). */
function endWithBytes(outgoing: ServerResponse, body: Uint8Array): void {
  if (body.length > joinedBodyBytes) outgoing.end(body);
  else outgoing.end(Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1'), 'latin1');
}

/** True when it was sent: not once the final answer began, nor while an earlier answer is being written. */
export function writeInformational(outgoing: ServerResponse, status: number, headers: HeaderBlock): boolean {
  const { socket } = outgoing;
  if (socket === null || outgoing.headersSent || outgoing.req.httpVersion !== '1.1') return false; // RFC 9110 15.2
  if (status === 100) outgoing.writeContinue();
  else {
    const fields = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join('');
    socket.write(`HTTP/1.1 ${status} \r\n${fields}\r\n`, 'latin1');
  }
  return true;
}

/** The client must not take what it has for the whole answer. */
export function breakAnswer(incoming: IncomingMessage): void {
  const { socket } = incoming;
  // Without chunks and without a length a FIN would be the regular end of the body; a reset never is.
  if (incoming.httpVersion === '1.0') socket.resetAndDestroy();
  else socket.destroy();
}

function writeStream(outgoing: ServerResponse, response: ProxyResponse, body: Readable, watcher: AnswerWatcher): void {
  let began = false;
  // The head leaves with the first chunk, or alone when that is not there yet: a stream may be silent for long.
  setImmediate(() => {
    // Not by flushHeaders(): that writes the head as UTF-8, so that a byte above 0x7f becomes two (RFC 9110 5.5, obs-text).
    if (!began && !outgoing.writableEnded) outgoing.write('', 'latin1');
  });
  pump(body, outgoing, {
    moved: (bytes) => {
      began = true;
      watcher.sent(bytes);
    },
    ended: () => endWithTrailers(outgoing, response),
    broken: (error) => watcher.fail(error),
  });
}

function endWithTrailers(outgoing: ServerResponse, response: ProxyResponse): void {
  const fields = response.trailers?.fields;
  const kept = fields ? readTrailers(fields.write([])) : null;
  if (kept !== null) outgoing.addTrailers([...kept] as [string, string][]);
  outgoing.end();
}

function writeHead(outgoing: ServerResponse, response: ProxyResponse, flat: string[]): void {
  try {
    if (response.reason === undefined) outgoing.writeHead(response.status, flat);
    else outgoing.writeHead(response.status, response.reason, flat);
  } catch (cause) {
    // Without chunks no trailer can follow, and node refuses to announce one: HEAD, HTTP/1.0, a length.
    if ((cause as NodeJS.ErrnoException).code === 'ERR_HTTP_TRAILER_INVALID') {
      writeHead(outgoing, response, withoutFields(flat, ['trailer']));
      return;
    }
    throw new OutriggerError('UPSTREAM_PROTOCOL_ERROR', "the runtime's head cannot be written", { cause });
  }
}

function mayHaveBody(outgoing: ServerResponse, status: number): boolean {
  return outgoing.req.method !== 'HEAD' && status !== 204 && status !== 304;
}
