// Byte for byte on the wire, and field for field in the answer: the lane's end and undici's are one to a runtime and to a client.
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { openRuntimeEnd, outcome, proxyRequest, type RequestFields, runtimeEnds } from '../../support/runtime-ends.ts';
import { scriptedRuntime } from '../../support/scripted-runtime.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';

/** The request on the wire by each end, and what came of it when the runtime answered `answer`. */
async function byBoth(make: () => RequestFields, answer = ok, after: 'open' | 'fin' = 'open') {
  return Promise.all(
    runtimeEnds.map(async (name) => {
      const runtime = await scriptedRuntime((socket) => {
        socket.write(Buffer.from(answer, 'latin1'));
        if (after === 'fin') socket.end();
      });
      const interim: string[] = [];
      const sendInformational = (status: number, headers: Iterable<readonly [string, string]>) =>
        void interim.push(JSON.stringify([status, [...headers]]));
      const end = openRuntimeEnd(name, runtime.port);
      const seen = await outcome(end.handle(proxyRequest({ sendInformational, ...make() })));
      return { seen, interim, wire: runtime.received(), reused: runtime.connections.length };
    }),
  );
}

const bytes = Buffer.from('{"x":\xe9}', 'latin1');
const streamed = (length: number, pieces: readonly string[]) => () => ({
  method: 'POST',
  body: Readable.from(pieces.map((piece) => Buffer.from(piece))),
  contentLength: length,
});

const requests: readonly [string, () => RequestFields][] = [
  ...['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY', 'PROPFIND', 'REPORT'].flatMap(
    (method): [string, () => RequestFields][] => [
      [`${method} without a body`, () => ({ method })],
      [`${method} with a body`, () => ({ method, body: bytes })],
    ],
  ),
  ['a query and escapes', () => ({ path: '/v2/models/a%20b/infer?x=1&y=%7e|"<>\xe9' })],
  ['an absolute target', () => ({ path: 'http://other/v2' })],
  ['no authority (HTTP/1.0)', () => ({ authority: '' })],
  ['an IPv6 authority', () => ({ authority: '[::1]:8080' })],
  [
    'fields in order, in their case, twice, empty, in latin1',
    () => ({ fields: ['X-b', '1', 'x-A', '\xe9', 'Set-Thing', 'a', 'set-thing', 'b', 'X-Empty', '', 'Cookie', 'a=b'] }),
  ],
  ['a body of 64 KiB', () => ({ method: 'POST', body: Buffer.alloc(65_536, 'a') })],
  ['a body of 300 KB as bytes', () => ({ method: 'POST', body: Buffer.alloc(300_000, 'a') })],
  ['a streamed body', streamed(11, ['hello ', 'world'])],
  [
    'a streamed body of 200 KB',
    streamed(
      200_000,
      Array.from({ length: 20 }, () => 'x'.repeat(10_000)),
    ),
  ],
  ['a streamed body of nothing', streamed(0, [])],
];

it.each(requests)('%s: the same bytes to the runtime', async (_name, make) => {
  const [undici, lane] = await byBoth(make);
  expect(lane?.wire).toBe(undici?.wire);
  expect(lane?.seen).toEqual(undici?.seen);
  expect(lane?.wire).not.toBe('');
});

const answers: readonly [string, string, ('open' | 'fin')?, string?][] = [
  ['an odd reason', 'HTTP/1.1 299 Rather \xc3\xa9 Fine\r\nContent-Length: 2\r\n\r\n{}'],
  ['no reason', 'HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\n{}'],
  ['a reason in latin1', 'HTTP/1.1 200 caf\xe9\r\nContent-Length: 2\r\n\r\n{}'],
  [
    'fields',
    'HTTP/1.1 200 OK\r\nX-b: 1\r\nset-cookie: a\r\nSet-Cookie:b  \r\nX-Empty:\r\nx-\xe9: 1\r\nContent-Length: 0\r\n\r\n',
  ],
  ['latin1 values', 'HTTP/1.1 200 OK\r\nX-A: \xe9 \t x\r\nSet-Cookie:b  \r\nX-Empty:\r\nContent-Length: 0\r\n\r\n'],
  [
    'fields that end here',
    'HTTP/1.1 200 OK\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\nTE: x\r\nUpgrade: h2c\r\nTrailer: a\r\nContent-Length: 0\r\n\r\n',
  ],
  ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n'],
  [
    'trailers',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Sum: 7\r\nCookie: c\r\nTE: x\r\n\r\n',
  ],
  ['204', 'HTTP/1.1 204 No Content\r\nX: 1\r\n\r\n'],
  ['304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n'],
  ['chunks for HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: 1\r\n\r\n', 'open', 'HEAD'],
  ['until the end', 'HTTP/1.1 200 OK\r\nX: 1\r\n\r\nabc', 'fin'],
  ['until the end, HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nabc', 'fin'],
  ['a length, HTTP/1.0, keep-alive', 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na'],
  ['interim answers', `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${ok}`],
  ['an unasked 100', `HTTP/1.1 100 Continue\r\n\r\n${ok}`],
  ['an unasked 101', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}'],
  ['a length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a foreign transfer coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{}'],
  ['NUL in a value', 'HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 2\r\n\r\n{}'],
  ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['a head too large', `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(70_000)}\r\nContent-Length: 2\r\n\r\n{}`],
  ['nothing', '', 'fin'],
  ['half a head', 'HTTP/1.1 200 O', 'fin'],
  ['half a body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', 'fin'],
  ['half the chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', 'fin'],
];

it.each(answers)('%s: the same answer', async (_name, answer, after, method = 'GET') => {
  const [undici, lane] = await byBoth(() => ({ method }), answer, after);
  expect(lane?.seen).toEqual(undici?.seen);
  expect(lane?.interim).toEqual(undici?.interim);
});

it.each([
  ['too short', 5],
  ['too long', 2],
])('a streamed body that is %s fails, and never a byte more than announced is sent', async (_name, length) => {
  const [undici, lane] = await byBoth(streamed(length, ['abc']), '');
  expect(lane?.seen).toEqual(undici?.seen);
  expect(lane?.seen).toHaveProperty('failed');
  expect((lane?.wire.split('\r\n\r\n')[1] ?? '').length).toBeLessThanOrEqual(length);
});
