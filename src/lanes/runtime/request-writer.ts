// The bytes of a request to the runtime: those that undici writes for it (lib/dispatcher/client-h1.js, writeH1), in one write.
import type { ProxyRequest } from '../../http/exchange.ts';
import type { LaneSocket } from '../socket/lane-socket.ts';
import type { Scratch } from '../socket/scratch.ts';

/** Methods whose requests say that they have no body; bodies of others may meet a server that expects none. */
const payloadMethods: ReadonlySet<string> = new Set(['PUT', 'POST', 'PATCH', 'QUERY', 'PROPFIND', 'PROPPATCH']);

/** Head and body of up to so many bytes are copied together: cheaper than a second write. */
const maxComposedBytes = 65_536;

/**
 * Writes the head, and the body when it is bytes: they must stay as they are until the request is answered.
 * A stream follows in streamed-request.ts.
 */
export function writeRequest(request: ProxyRequest, socket: LaneSocket, scratch: Scratch): void {
  const { method, path, authority, headers, body } = request;
  const persistence = method === 'HEAD' ? 'close' : 'keep-alive';
  const start = `${method} ${path} HTTP/1.1\r\nhost: ${authority}\r\nconnection: ${persistence}\r\n`;
  const end = headEnd(request);
  const headBytes = start.length + headers.wireBytes + end.length;
  const bytes = body instanceof Uint8Array ? body : null;
  const composed = bytes !== null && headBytes + bytes.length <= maxComposedBytes;

  const target = scratch.take(composed ? headBytes + bytes.length : headBytes);
  let at = target.write(start, 0, 'latin1');
  at = headers.copyTo(target, at);
  at += target.write(end, at, 'latin1');
  if (composed) {
    target.set(bytes, at);
    at += bytes.length;
  }
  scratch.send(socket, at);
  if (bytes !== null && !composed) socket.write(bytes);
}

function headEnd({ method, body, contentLength }: ProxyRequest): string {
  const bytes = body instanceof Uint8Array ? body.length : contentLength;
  return bytes === 0 && !payloadMethods.has(method) ? '\r\n' : `content-length: ${bytes}\r\n\r\n`;
}

/** It has a form that this writer knows: any target but `*`, and a body whose end the runtime can tell. */
export function isWritable({ path, body, contentLength }: ProxyRequest): boolean {
  if (!(body instanceof Uint8Array) && contentLength === null) return false;
  return path.startsWith('/') || path.startsWith('http://') || path.startsWith('https://');
}

/**
 * The connection may carry another request behind this one. Servers that misbehave answer HEAD with a body, and take a body that
 * they expect nothing of for the next request.
 */
export function leavesReusable({ method, body }: ProxyRequest): boolean {
  if (method === 'HEAD') return false;
  return payloadMethods.has(method) || (body instanceof Uint8Array && body.length === 0);
}
