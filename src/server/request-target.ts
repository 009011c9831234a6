// Which path does a request line name? Origin-form as it is, absolute-form in origin form, nothing that has two readings.
import type { IncomingMessage } from 'node:http';
import { OutriggerError } from '../errors.ts';
import type { RequestHead } from '../http/request-head.ts';

export interface RequestTarget {
  readonly path: string;
  /** Of an absolute-form target only; it must agree with Host. */
  readonly authority: string | null;
}

/** @throws OutriggerError REQUEST_MALFORMED, REQUEST_TARGET_TOO_LONG, METHOD_NOT_ALLOWED (RFC 9112 section 3) */
export function readTarget(incoming: IncomingMessage, maxUrlBytes: number): RequestTarget {
  const { method, httpVersion } = incoming;
  const url = incoming.url as string;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') throw malformed(`HTTP/${httpVersion} in a request line`);
  if (url.length > maxUrlBytes) {
    throw new OutriggerError('REQUEST_TARGET_TOO_LONG', `the request target exceeds ${maxUrlBytes} bytes`);
  }
  // TRACE would echo the credentials that a gateway before us has added.
  if (method === 'TRACE') throw new OutriggerError('METHOD_NOT_ALLOWED', 'TRACE is not proxied');
  if (url.charCodeAt(0) === 47) return { path: url, authority: null };
  if (url === '*' && method === 'OPTIONS') return { path: url, authority: null };
  const absolute = /^http:\/\/([^/?#@\s]+)(\/[^\s]*)?$/i.exec(url);
  if (absolute === null) throw malformed('the request target is neither a path nor an http URL');
  return { path: absolute[2] ?? '/', authority: absolute[1] as string };
}

/** The checks that need the request line and the fields together. @throws OutriggerError REQUEST_MALFORMED */
export function checkAgreement(target: RequestTarget, head: RequestHead, httpVersion: string): void {
  if (target.authority !== null && head.authority !== '' && target.authority !== head.authority) {
    throw malformed('the request target and Host name different servers');
  }
  if (httpVersion === '1.0' && head.chunked) throw malformed('Transfer-Encoding in an HTTP/1.0 request');
}

function malformed(message: string): OutriggerError {
  return new OutriggerError('REQUEST_MALFORMED', message);
}
