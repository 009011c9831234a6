// Where does a sink live, and how does every request to it begin?
import { isIP } from 'node:net';
import { basicAuthorization } from '../../http/basic-authorization.ts';
import { version } from '../../version.ts';

export interface SinkTarget {
  readonly host: string; // an IPv6 address without brackets
  readonly port: number;
  readonly secure: boolean;
  readonly serverName: string; // for SNI, '' for an address (RFC 6066 3)
  readonly requestHead: string; // request line and the first header lines, each with its CRLF
  readonly authorization: string; // of the user part; a header line with its CRLF, or ''
}

/** `text`: as checked by the configuration. What the URL parser gives out is ASCII without spaces, so it cannot end a line. */
export function readSinkTarget(text: string): SinkTarget {
  const url = new URL(text);
  const authorization = basicAuthorization(url);
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const lines = [`POST ${url.pathname}${url.search} HTTP/1.1`, `Host: ${url.host}`, `User-Agent: outrigger/${version}`];
  return {
    host,
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    secure,
    serverName: isIP(host) === 0 ? host : '',
    requestHead: lines.map((line) => `${line}\r\n`).join(''),
    authorization: authorization === null ? '' : `Authorization: ${authorization}\r\n`,
  };
}
