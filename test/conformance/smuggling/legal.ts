// Legal requests that look like the others, so that refusing everything would not do.
import { chunk, post, type Rows, smuggled } from './words.ts';

export const once: Rows = [
  ['a request as body', post([`Content-Length: ${smuggled.length}`], smuggled)],
  ['a request as chunk', chunk(`${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`)],
  ['GET with a request as body', `GET / HTTP/1.1\r\nHost: a\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`],
  ['DELETE with chunks', 'DELETE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nA\r\n0\r\n\r\n'],
  ['OPTIONS with chunks', 'OPTIONS / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nA\r\n0\r\n\r\n'],
  ['coding in other case', post(['Transfer-Encoding: cHuNkEd'], '0\r\n\r\n')],
  ['spaces around the coding', post(['Transfer-Encoding:   chunked  '], '0\r\n\r\n')],
  ['short chunk extension', chunk('1;a=b\r\nA\r\n0\r\n\r\n')],
  ['extension in 20 chunks of 1 KiB each', chunk(`${`1;${'a'.repeat(1024)}\r\nA\r\n`.repeat(20)}0\r\n\r\n`)],
  ['quoted chunk extension', chunk('1;a="b c"\r\nA\r\n0\r\n\r\n')],
  ['chunk size with leading zeros', chunk('0001\r\nA\r\n000\r\n\r\n')],
  ['chunk size in capitals', chunk('A\r\n0123456789\r\n0\r\n\r\n')],
  ['trailers', chunk('1\r\nA\r\n0\r\nX-Sum: 1\r\n\r\n')],
  ['trailers that would route', chunk('0\r\nHost: evil\r\nConnection: X\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n')],
  ['length with leading zeros', post(['Content-Length: 0005'], 'hello')],
  ['CRLF before the request line', `\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n`],
  ['absolute-form', 'GET http://a/x?y=%2e HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['absolute-form in other case', 'GET HTTP://A/x HTTP/1.1\r\nHost: a\r\n\r\n'],
  [
    'Upgrade: h2c with a body',
    post(
      ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk', 'Content-Length: 2'],
      '{}',
    ),
  ],
  ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['Content-Encoding: gzip', post(['Content-Encoding: gzip', 'Content-Length: 1'], 'x')],
  ['empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n'],
  ['Host with an IPv6 address', 'GET / HTTP/1.1\r\nHost: [::1]:9081\r\n\r\n'],
  ['bytes above ASCII in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX: \xe9\xff\r\n\r\n'],
];

// Two requests for everybody. Surplus spaces in a request line may be read as one (RFC 9112 3), as node's parser does: what
// goes upstream has one.
export const twice: Rows = [
  ['two in one packet', `${post(['Content-Length: 2'], '{}')}${smuggled}`],
  ['two spaces behind the method', `GET  / HTTP/1.1\r\nHost: a\r\n\r\n${smuggled}`],
  ['two spaces behind the target', `GET /  HTTP/1.1\r\nHost: a\r\n\r\n${smuggled}`],
];
