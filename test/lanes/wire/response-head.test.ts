// What is an answer's head, where does it end, and what does it say?
import { describe, expect, it } from 'vitest';
import { OutriggerError } from '../../../src/errors.ts';
import type { WireResponseHead } from '../../../src/lanes/wire/heads.ts';
import { readResponseHead } from '../../../src/lanes/wire/response-head.ts';

const ok = 'HTTP/1.1 200 OK\r\n';

function read(text: string): WireResponseHead {
  const bytes = Buffer.from(text, 'latin1');
  const head = readResponseHead(bytes, 0, bytes.length);
  if (head === 'incomplete') throw new Error('incomplete');
  return head;
}

function flat(text: string): string[] {
  return read(text).headers.write([]);
}

function refusal(text: string): OutriggerError {
  try {
    read(text);
  } catch (error) {
    if (error instanceof OutriggerError) return error;
    throw error;
  }
  throw new Error(`taken: ${JSON.stringify(text)}`);
}

describe('the status line', () => {
  it.each<[line: string, status: number, reason: string | undefined]>([
    ['HTTP/1.1 200 OK', 200, 'OK'],
    ['HTTP/1.0 200 OK', 200, 'OK'],
    ['HTTP/1.1 200', 200, ''],
    ['HTTP/1.1 200 ', 200, ''],
    ['HTTP/1.1 200  OK ', 200, ' OK '],
    ['HTTP/1.1 404 No\tsuch model', 404, 'No\tsuch model'],
    ['HTTP/1.1 200 \xc3\xa9', 200, '\xc3\xa9'], // UTF-8 stays what it was
    ['HTTP/1.1 200 caf\xe9', 200, undefined], // no UTF-8: undici loses it, so the standard phrase is written
    ['HTTP/1.1 103 Early Hints', 103, 'Early Hints'],
    ['HTTP/1.1 999 ?', 999, '?'],
  ])('%j is %i %j', (line, status, reason) => {
    expect(read(`${line}\r\n\r\n`)).toMatchObject({ status, reason });
  });

  it.each([
    'HTTP/0.9 200 OK\r\n',
    'HTTP/1.0 103 Early Hints\r\n\r\n',
    'HTTP/1.2 200 OK\r\n',
    'HTTP/2.0 200 OK\r\n',
    'http/1.1 200 OK\r\n',
    'ICY 200 OK\r\n',
    '\r\nHTTP/1.1 200 OK\r\n',
    ' HTTP/1.1 200 OK\r\n',
    'HTTP/1.1  200 OK\r\n',
    'HTTP/1.1\t200 OK\r\n',
    'HTTP/1.1 20 OK\r\n',
    'HTTP/1.1 099 OK\r\n',
    'HTTP/1.1 2000 OK\r\n',
    'HTTP/1.1 2x0 OK\r\n',
    'HTTP/1.1 200\tOK\r\n',
    'HTTP/1.1 200-OK\r\n',
    'HTTP/1.1 200 OK\n',
    'HTTP/1.1 200\n',
    'HTTP/1.1 200 O\rK\r\n',
    'HTTP/1.1 200\r\r\n',
    'HTTP/1.1 200 O\0K\r\n',
    'HTTP/1.1 200 O\x01K\r\n',
    'HTTP/1.1 200 O\x7fK\r\n',
    'HTTP/1.1 101 Switching Protocols\r\n',
  ])('%j is refused', (line) => {
    expect(refusal(`${line}Content-Length: 0\r\n\r\n`)).toMatchObject({ code: 'UPSTREAM_PROTOCOL_ERROR' });
  });
});

describe('fields', () => {
  it('come in wire order with their names and duplicates, without those that end at this hop', () => {
    const head = read(
      `${ok}Server: x\r\nset-cookie: a=1\r\nConnection: keep-alive, X-Own\r\nX-Own: 1\r\nSet-Cookie: b=2\r\n` +
        'Keep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nTE: trailers\r\nTrailer: T\r\nContent-Length: 3\r\n\r\n',
    );
    const kept = ['Server', 'x', 'set-cookie', 'a=1', 'Set-Cookie', 'b=2', 'Trailer', 'T', 'Content-Length', '3'];
    expect(head.headers.write([])).toEqual(kept);
    expect(head.headers.get('SET-COOKIE')).toBe('a=1');
    expect(head.headers.get('connection')).toBeUndefined();
  });

  it('are written with one space behind the colon, whatever was there', () => {
    const { headers } = read(`${ok}a:b\r\nc:  \t d\r\ne:\r\nf: \r\ng: h \t\r\ni:\tj\r\n\r\n`);
    const bytes = Buffer.alloc(headers.wireBytes);
    expect(headers.copyTo(bytes, 0)).toBe(bytes.length);
    expect(bytes.toString('latin1')).toBe('a: b\r\nc: d\r\ne: \r\nf: \r\ng: h \t\r\ni: j\r\n');
  });

  it('hold tabs inside and bytes beyond ASCII', () => {
    expect(flat(`${ok}a: b\tc \xe9\xff\x80\r\n\r\n`)).toEqual(['a', 'b\tc \xe9\xff\x80']);
  });

  it('may be missing', () => {
    expect(flat(`${ok}\r\n`)).toEqual([]);
  });

  it('stay what they were when the bytes that they came from change', () => {
    const bytes = Buffer.from(`${ok}Server: x\r\nAccept: y\r\n\r\n`);
    const head = readResponseHead(bytes, 0, bytes.length) as WireResponseHead;
    bytes.fill('!');
    expect(head.headers.write([])).toEqual(['Server', 'x', 'Accept', 'y']);
  });

  it.each([
    ['a space in front of the colon', 'a : b\r\n'],
    ['a space in front of the name', ' a: b\r\n'],
    ['a space in a name', 'a b: c\r\n'],
    ['no name', ': b\r\n'],
    ['no colon', 'abc\r\n'],
    ['a separator in a name', 'a@b: c\r\n'],
    ['obs-text in a name', 'a\xe9: c\r\n'],
    ['NUL in a name', 'a\0: c\r\n'],
    ['obs-fold', 'a: b\r\n c\r\n'],
    ['obs-fold behind nothing', 'a:\r\n\tc\r\n'],
    ['a bare LF', 'a: b\n'],
    ['a bare CR', 'a: b\rc\r\n'],
    ['two CR', 'a: b\r\r\n'],
    ['NUL', 'a: b\0\r\n'],
    ['a control character', 'a: b\x1f\r\n'],
    ['DEL', 'a: b\x7f\r\n'],
    ['two lengths', 'Content-Length: 3\r\ncontent-length: 3\r\n'],
    ['a list of lengths', 'Content-Length: 3, 3\r\n'],
    ['a signed length', 'Content-Length: +3\r\n'],
    ['a length with a space behind', 'Content-Length: 3 \r\n'],
    ['an empty length', 'Content-Length:\r\n'],
    ['a hexadecimal length', 'Content-Length: 0x3\r\n'],
    ['a length of 16 digits', 'Content-Length: 0000000000000003\r\n'],
    ['both framings', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n'],
    ['both framings the other way round', 'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n'],
    ['chunked twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n'],
    ['two codings', 'Transfer-Encoding: gzip, chunked\r\n'],
    ['another coding', 'Transfer-Encoding: identity\r\n'],
    ['chunked with a space behind', 'Transfer-Encoding: chunked \r\n'],
    ['no coding', 'Transfer-Encoding:\r\n'],
  ])('with %s are refused', (_what, lines) => {
    expect(refusal(`${ok}${lines}\r\n`)).toMatchObject({ code: 'UPSTREAM_PROTOCOL_ERROR', httpStatus: 502 });
    expect(refusal(`${ok}Server: x\r\n${lines}Date: now\r\n\r\n`).code).toBe('UPSTREAM_PROTOCOL_ERROR');
  });

  it('end with CRLF alone', () => {
    for (const end of ['\n', '\r\r', '\rX'])
      expect(refusal(`${ok}a: b\r\n${end}`).code).toBe('UPSTREAM_PROTOCOL_ERROR');
  });
});

describe('framing', () => {
  it.each([
    ['Content-Length: 145\r\n', 145, false],
    ['content-length:0\r\n', 0, false],
    ['Content-Length: 000000000000145\r\n', 145, false],
    ['Content-Length: 999999999999999\r\n', 999999999999999, false],
    ['Transfer-Encoding: Chunked\r\n', null, true],
    ['', null, false],
  ])('of %j is length %s, chunked %s', (lines, contentLength, chunked) => {
    expect(read(`${ok}${lines}\r\n`)).toMatchObject({ contentLength, chunked });
  });
});

describe('the connection', () => {
  it.each([
    ['HTTP/1.1', '', true],
    ['HTTP/1.1', 'Connection: close\r\n', false],
    ['HTTP/1.1', 'connection: X, CLOSE \r\n', false],
    ['HTTP/1.1', 'Connection: keep-alive\r\nConnection: close\r\n', false],
    ['HTTP/1.1', 'Connection: closed\r\n', true],
    ['HTTP/1.1', 'Connection:\r\n', true],
    ['HTTP/1.1', 'Proxy-Connection: close\r\n', false],
    ['HTTP/1.0', '', false],
    ['HTTP/1.0', 'Connection: Keep-Alive\r\n', true],
    ['HTTP/1.0', 'Connection: X, keep-alive\r\n', true],
    ['HTTP/1.0', 'Connection: keep-alive, close\r\n', false],
    ['HTTP/1.0', 'Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n', false],
  ])('of %s with %j goes on: %s', (version, lines, keepAlive) => {
    expect(read(`${version} 200 OK\r\n${lines}\r\n`).keepAlive).toBe(keepAlive);
  });

  it.each([
    ['', null],
    ['Keep-Alive: timeout=5\r\n', 5000],
    ['keep-alive: max=10, Timeout=75\r\n', 75_000],
    ['Keep-Alive: max=10\r\nKeep-Alive: timeout=2\r\n', 2000],
    ['Keep-Alive: timeout=0\r\n', 0],
    ['Keep-Alive: xtimeout=5\r\n', null],
    ['Keep-Alive: timeout=soon\r\n', null],
    ['Keep-Alive:\r\n', null],
  ])('is hinted by %j to be kept for %s ms', (lines, idleTimeoutMs) => {
    expect(read(`${ok}${lines}\r\n`)).toMatchObject({ idleTimeoutMs });
  });
});
