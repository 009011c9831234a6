// Request lines, field lines, Hosts and upgrades that have more than one reading, or none.
import { each, type Rows, smuggled } from './words.ts';

// Request lines.
const lines = [
  ...[
    'GET /',
    'GET / HTTP/0.9',
    'GET / HTTP/1.2',
    'GET / HTTP/2.0',
    'GET / HTTP/1.10',
    'GET / HTTP/11',
    'GET / HTTP/1',
  ],
  ...['GET / http/1.1', 'GET / HTTP/ 1.1', 'GET / HTTP/1.1 ', 'GET / HTTP/1.1 x'],
  ...[
    'GET /a b HTTP/1.1',
    'GET\t/ HTTP/1.1',
    'GET /\tHTTP/1.1',
    ' GET / HTTP/1.1',
    'GET / XTTP/1.1',
    'GET / HTTP/1.1\x00',
  ],
  ...[
    'GET /\x00 HTTP/1.1',
    'GET /\x0b HTTP/1.1',
    'GET /\x7f HTTP/1.1',
    'GET / HTTP/-1.1',
    'GET / HTTP/1.-1',
    'GET HTTP/1.1',
  ],
  ...[
    'GET /#a HTTP/1.1',
    'GET a HTTP/1.1',
    'GET ../a HTTP/1.1',
    'GET * HTTP/1.1',
    'GET ?x HTTP/1.1',
    'GE\x00T / HTTP/1.1',
  ],
  ...[
    'GET https://a/ HTTP/1.1',
    'GET ftp://a/ HTTP/1.1',
    'GET http:/a HTTP/1.1',
    'GET http:// HTTP/1.1',
    'GET a:80 HTTP/1.1',
  ],
  ...[
    'GET http://u@a/ HTTP/1.1',
    'GET http://a?x HTTP/1.1',
    'GET http://a#x HTTP/1.1',
    'GET http://b/ HTTP/1.1',
    'get / HTTP/1.1',
  ],
  ...['GET http://a:81/ HTTP/1.1', 'GET http://a\\b/ HTTP/1.1', 'GET //\x01 HTTP/1.1', 'GET HTTP://b/x HTTP/1.1'],
];
export const lineRows: Rows = [
  ...each(lines, (line) => `${line}\r\nHost: a\r\n\r\n${smuggled}`),
  ['bare LF behind the request line', `GET / HTTP/1.1\nHost: a\r\n\r\n${smuggled}`],
  ['bare CR behind the request line', `GET / HTTP/1.1\rHost: a\r\n\r\n${smuggled}`],
  ['TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03abc\r\n\r\n'],
];

// Field syntax and Host.
const withField = (line: string) => `GET / HTTP/1.1\r\nHost: a\r\n${line}\r\n\r\n${smuggled}`;
const fieldLines = [
  ...[
    'X : 1',
    'X\t: 1',
    ' X: 1',
    '\tX: 1',
    'X',
    ': 1',
    'X: 1\r\n 2',
    'X: 1\r\n\t2',
    'X: 1\ry',
    'X: 1\ny',
    'X: \x001',
    'X\x00: 1',
  ],
  ...[
    'X: 1\x01',
    'X: 1\x1f',
    'X: 1\x7f',
    'X\x7f: 1',
    'X\xe9: 1',
    'X(: 1',
    'X@: 1',
    'X[: 1',
    'X{: 1',
    'X,: 1',
    'X/: 1',
    'X=: 1',
  ],
  ...[
    'X: 1\nTransfer-Encoding: chunked',
    'X: 1\rTransfer-Encoding: chunked',
    'X: 1\n\nGET /smuggled HTTP/1.1',
    '"X": 1',
    'X Y: 1',
  ],
];
const hosts = ['a b', 'a/b', 'a@b', 'a?b', 'a#b', 'a\\b', 'a"b', 'a<b', 'a\xe9', 'a\x01', 'a\x00b', 'a\rb'];
export const fieldRows: Rows = [
  ...each(fieldLines, withField),
  ['bare LF ends the head', `GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\n${smuggled}`],
  ['bare CR ends the head', `GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r${smuggled}`],
  ['bare LF everywhere', `GET / HTTP/1.1\nHost: a\n\n${smuggled}`],
  ['two Hosts', withField('Host: b')],
  ['the same Host twice', withField('Host: a')],
  ['two Hosts in other case', withField('hOST: b')],
  ['no Host', `GET / HTTP/1.1\r\nX: 1\r\n\r\n${smuggled}`],
  ['absolute-form without Host', `GET http://a/ HTTP/1.1\r\nX: 1\r\n\r\n${smuggled}`],
  ...each(hosts, (host) => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n${smuggled}`).map(([name, bytes]): Rows[number] => [
    `Host ${name}`,
    bytes,
  ]),
];

// An upgrade with a body: what is body for one is the next protocol, or the next request, for the other.
const webSocket =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n';
export const upgradeRows: Rows = [
  ['GET with Content-Length', `GET / HTTP/1.1\r\nHost: a\r\n${webSocket}Content-Length: 44\r\n\r\n${smuggled}`],
  [
    'GET with chunks',
    `GET / HTTP/1.1\r\nHost: a\r\n${webSocket}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  ],
  ['POST', `POST / HTTP/1.1\r\nHost: a\r\n${webSocket}Content-Length: 0\r\n\r\n${smuggled}`],
  ['two Hosts', `GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n${webSocket}\r\n${smuggled}`],
  ['CONNECT', `CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n${smuggled}`],
  ['CONNECT with a body', `CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nContent-Length: 44\r\n\r\n${smuggled}`],
];
