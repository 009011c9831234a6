// What goes over the wire for one request: its head, with nothing in it that could begin another line.

import { basicAuthorization } from '../../http/basic-authorization.ts';
import { version } from '../../version.ts';
import type { StoreRequest } from '../object-store.ts';
import type { Route } from './proxy.ts';

/** Ours to say: they frame the exchange, or belong to this connection alone. */
const ownFields = new Set([
  'host',
  'connection',
  'keep-alive',
  'range',
  'content-length',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'proxy-authorization',
  'proxy-connection',
]);

const fieldName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 5.5: visible characters, spaces and tabs, obs-text. */
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Latin1 text. What the URL parser gives out is ASCII without spaces, so it cannot end a line.
 * @throws Error for a header that cannot be sent; its message has no value
 */
export function requestBytes(request: StoreRequest, route: Route): string {
  const { method, url, range } = request;
  const given = request.headers.filter(([name]) => !ownFields.has(name.toLowerCase()));
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const path = `${url.pathname}${url.search}`;
  const forwarded = route.proxy !== null && !route.secure; // RFC 9112 3.2.2
  const lines = [
    `${method} ${forwarded ? `http://${url.host}` : ''}${path} HTTP/1.1`,
    `Host: ${url.host}`,
    'Connection: keep-alive',
  ];
  if (!names.has('user-agent')) lines.push(`User-Agent: outrigger/${version}`);
  if (!names.has('accept')) lines.push('Accept: */*');
  // Bytes are wanted as they are stored: checksums are of those.
  if (!names.has('accept-encoding')) lines.push('Accept-Encoding: identity');
  const authorization = names.has('authorization') ? null : basicAuthorization(url);
  if (authorization !== null) lines.push(`Authorization: ${authorization}`);
  if (forwarded && route.proxy?.authorization) lines.push(`Proxy-Authorization: ${route.proxy.authorization}`);
  if (range !== null) lines.push(`Range: bytes=${range.first}-${range.last}`);
  for (const [name, value] of given) lines.push(readField(name, value));
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** RFC 9112 9.3.6; `host` and `port` of the store. */
export function tunnelRequestBytes({ host, port, proxy }: Route): string {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const authorization = proxy?.authorization ? `Proxy-Authorization: ${proxy.authorization}\r\n` : '';
  return `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n`;
}

function readField(name: string, value: string): string {
  if (!fieldName.test(name)) throw new Error('a request header has a name that cannot be sent');
  if (!fieldValue.test(value)) throw new Error(`the request header ${name} has a value that cannot be sent`);
  return `${name}: ${value}`;
}
