// What does an HTTP/1.1 request line ask for? Origin-form as it is, absolute-form in origin form, nothing that has two readings.
import type { IncomingMessage } from 'node:http';
import type { ListenerConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import { type RequestHead, readRequestHead } from '../http/request-head.ts';

export interface ReadRequest {
  readonly head: RequestHead;
  /** Origin-form with its query, or `*`. */
  readonly path: string;
}

export interface RequestTarget {
  readonly path: string;
  /** Of an absolute-form target only; it must agree with Host. */
  readonly authority: string | null;
}

/**
 * Reads and checks everything that precedes the body.
 * @throws OutriggerError REQUEST_MALFORMED, REQUEST_TARGET_TOO_LONG, REQUEST_HEADERS_TOO_LARGE, METHOD_NOT_ALLOWED,
 * EXPECTATION_FAILED
 */
export function readRequest(incoming: IncomingMessage, limits: ListenerConfig): ReadRequest {
  const { path, authority } = readTarget(incoming, limits.maxUrlBytes);
  const head = readRequestHead(
    incoming.rawHeaders,
    {
      protocol: 'http1',
      clientAddress: incoming.socket.remoteAddress ?? 'unknown',
      http10: incoming.httpVersion === '1.0',
    },
    limits,
  );
  if (authority !== null && head.authority !== '' && authority.toLowerCase() !== head.authority.toLowerCase()) {
    throw malformed('the request target and Host name different servers');
  }
  return { head, path };
}

/** @throws OutriggerError REQUEST_MALFORMED, REQUEST_TARGET_TOO_LONG, METHOD_NOT_ALLOWED (RFC 9112 section 3) */
export function readTarget(
  { method, httpVersion, url = '' }: Pick<IncomingMessage, 'method' | 'httpVersion' | 'url'>,
  maxUrlBytes: number,
): RequestTarget {
  if (httpVersion !== '1.1' && httpVersion !== '1.0') throw malformed(`HTTP/${httpVersion} in a request line`);
  if (url.length > maxUrlBytes) {
    throw new OutriggerError('REQUEST_TARGET_TOO_LONG', `the request target exceeds ${maxUrlBytes} bytes`);
  }
  // TRACE would echo the credentials that a gateway before us has added.
  if (method === 'TRACE') throw new OutriggerError('METHOD_NOT_ALLOWED', 'TRACE is not proxied');
  if (url.includes('#')) throw malformed('a fragment in the request target'); // some runtimes would cut the path there
  if (url.charCodeAt(0) === 47) return { path: url, authority: null };
  if (url === '*' && method === 'OPTIONS') return { path: url, authority: null };
  const absolute = /^http:\/\/([\w.~%!$&'()*+,;=:[\]-]+)(\/[^\s]*)?$/i.exec(url);
  if (absolute === null) throw malformed('the request target is neither a path nor an http URL');
  return { path: absolute[2] ?? '/', authority: absolute[1] as string };
}

function malformed(message: string): OutriggerError {
  return new OutriggerError('REQUEST_MALFORMED', message);
}
