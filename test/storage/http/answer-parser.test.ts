// Framing of answers: what is read, whatever pieces it comes in, and what is refused.
import { describe, expect, it } from 'vitest';
import { AnswerMalformed } from '../../../src/storage/http/answer-head.ts';
import { AnswerParser } from '../../../src/storage/http/answer-parser.ts';
import type { AnswerHead } from '../../../src/storage/http/http-client.ts';

interface Parsed {
  readonly head: AnswerHead | null;
  readonly body: string;
  readonly reading: string;
  readonly reusable: boolean;
}

/** `sliceBytes`: how many bytes come at once; each piece in the same memory, which is spoilt afterwards. */
function parse(text: string, { bodiless = false, sliceBytes = 1 << 20, closes = false } = {}): Parsed {
  let head: AnswerHead | null = null;
  let body = '';
  const visitor = {
    head(received: AnswerHead) {
      head = received;
      return true;
    },
    bytes(chunk: Uint8Array) {
      body += Buffer.from(chunk).toString('latin1');
      return true;
    },
  };
  const parser = new AnswerParser(visitor, { bodiless });
  const wire = Buffer.from(text, 'latin1');
  const memory = Buffer.alloc(Math.min(sliceBytes, wire.length));
  let reading = 'more';
  for (let at = 0; at < wire.length && reading === 'more'; at += sliceBytes) {
    const length = wire.copy(memory, 0, at, at + sliceBytes);
    reading = parser.read(memory, length);
    memory.fill(0xff);
  }
  if (closes) reading = parser.end();
  return { head, body, reading, reusable: parser.reusable };
}

const ok = 'HTTP/1.1 200 OK\r\n';

describe('an answer', () => {
  const table = [
    { name: 'with a length', text: `${ok}Content-Length: 5\r\n\r\nhello`, body: 'hello', bodyBytes: 5, reusable: true },
    { name: 'of no bytes', text: `${ok}Content-Length: 0\r\n\r\n`, body: '', bodyBytes: 0, reusable: true },
    {
      name: 'without a reason',
      text: 'HTTP/1.1 200\r\ncontent-length:2\r\n\r\nab',
      body: 'ab',
      bodyBytes: 2,
      reusable: true,
    },
    {
      name: 'in chunks, with extensions and trailers',
      text: `${ok}Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\nB \r\n, the world\r\n0\r\nx-sum: 1\r\n\r\n`,
      body: 'hello, the world',
      bodyBytes: null,
      reusable: true,
    },
    {
      name: 'after interim ones',
      text: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n${ok}Content-Length: 1\r\n\r\nx`,
      body: 'x',
      bodyBytes: 1,
      reusable: true,
    },
    {
      name: 'that closes',
      text: `${ok}Connection: foo, Close\r\nContent-Length: 1\r\n\r\nx`,
      body: 'x',
      bodyBytes: 1,
      reusable: false,
    },
    {
      name: 'of HTTP/1.0',
      text: 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx',
      body: 'x',
      bodyBytes: 1,
      reusable: false,
    },
    { name: 'with 204', text: 'HTTP/1.1 204 No\r\nContent-Length: 4\r\n\r\n', body: '', bodyBytes: 0, reusable: true },
    { name: 'with 304', text: 'HTTP/1.1 304 No\r\nContent-Length: 4\r\n\r\n', body: '', bodyBytes: 0, reusable: true },
    {
      name: 'in chunks with more after it',
      text: `${ok}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nHTTP/1.1`,
      body: 'a',
      bodyBytes: null,
      reusable: false,
      onlyWhole: true,
    },
    {
      name: 'with more after it than it says',
      text: `${ok}Content-Length: 2\r\n\r\nabHTTP/1.1`,
      body: 'ab',
      bodyBytes: 2,
      reusable: false,
      onlyWhole: true,
    },
  ];
  it.each(table)('$name is read in pieces of any size', ({ text, body, bodyBytes, reusable, onlyWhole }) => {
    for (const sliceBytes of onlyWhole ? [1 << 20] : [1, 2, 3, 7, 64, 1 << 20]) {
      const parsed = parse(text, { sliceBytes });
      expect(parsed).toMatchObject({ body, reusable, reading: 'complete', head: { bodyBytes } });
    }
  });

  it('to HEAD has no body, whatever length it tells', () => {
    const parsed = parse(`${ok}Content-Length: 900\r\n\r\n`, { bodiless: true });
    expect(parsed).toMatchObject({ reading: 'complete', reusable: true, head: { bodyBytes: 0 } });
    expect(parsed.head?.headers.get('content-length')).toBe('900');
  });

  it('without a length lasts until the connection closes', () => {
    expect(parse(`${ok}\r\nabc`)).toMatchObject({ reading: 'more', head: { bodyBytes: null } });
    expect(parse(`${ok}\r\nabc`, { closes: true })).toMatchObject({
      body: 'abc',
      reading: 'complete',
      reusable: false,
    });
  });

  it.each([
    `${ok}Content-Length: 4\r\n\r\nabc`,
    `${ok}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`,
    `${ok}Content-Le`,
  ])('that was cut is not complete: %j', (text) => {
    expect(parse(text, { closes: true }).reading).toBe('more');
  });

  it('joins repeated fields and keeps bytes beyond ASCII', () => {
    const { head } = parse(`${ok}X-A: 1\r\nx-a:  2 \r\nX-B: \xc3\xa0\r\nContent-Length: 0\r\n\r\n`);
    expect(head?.headers.get('x-a')).toBe('1, 2');
    expect(head?.headers.get('x-b')).toBe('\xc3\xa0');
  });

  it.each([
    ['bytes 0-9/10', { first: 0, last: 9, total: 10 }],
    ['Bytes 5-5/*', { first: 5, last: 5, total: null }],
    ['bytes */10', null],
    ['bytes 5-4/10', null],
    ['bytes 0-10/10', null],
    ['items 0-1/2', null],
  ])('says with Content-Range %j: %o', (value, contentRange) => {
    expect(parse(`${ok}Content-Range: ${value}\r\nContent-Length: 0\r\n\r\n`).head?.contentRange).toEqual(contentRange);
  });
});

describe('refused at once is', () => {
  const answers = [
    'SSH-2.0-OpenSSH_9.2p1\r\n',
    'HTTP/2 200\r\n\r\n',
    'HTTP/1.1 2000 OK\r\n\r\n',
    'HTTP/1.1 099 OK\r\n\r\n',
    'HTTP/1.1 101 Switching\r\n\r\n',
    'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
    `${ok}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx`,
    `${ok}Content-Length: 1, 1\r\n\r\nx`,
    `${ok}Content-Length: +1\r\n\r\nx`,
    `${ok}Content-Length: 0x1\r\n\r\nx`,
    `${ok}Content-Length: -1\r\n\r\nx`,
    `${ok}Content-Length:\r\n\r\nx`,
    `${ok}Content-Length: 9999999999999999\r\n\r\nx`,
    `${ok}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    `${ok}Transfer-Encoding: identity\r\n\r\n`,
    `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    `${ok}Content-Length : 1\r\n\r\nx`,
    `${ok} folded: 1\r\n\r\n`,
    `${ok}A: 1\r\n B\r\n\r\n`,
    `${ok}no colon\r\n\r\n`,
    `${ok}A: a\rb\r\n\r\n`,
    `${ok}A: a\0b\r\n\r\n`,
    `${ok}X: ${'x'.repeat(70_000)}\r\n\r\n`,
    `HTTP/1.1 100 C\r\nX: ${'x'.repeat(40_000)}\r\n\r\n${ok}X: ${'x'.repeat(40_000)}\r\n\r\n`,
    `${ok}Transfer-Encoding: chunked\r\n\r\nx\r\n`,
    `${ok}Transfer-Encoding: chunked\r\n\r\n-1\r\n`,
    `${ok}Transfer-Encoding: chunked\r\n\r\n1\nx`,
    `${ok}Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n`,
    `${ok}Transfer-Encoding: chunked\r\n\r\n1\r\nx\n`,
    `${ok}Transfer-Encoding: chunked\r\n\r\n1111111111111\r\n`,
    `${ok}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(5000)}\r\n`,
    `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\nbroken\r\n\r\n`,
  ].map((text) => ({ shown: JSON.stringify(text.slice(0, 100)), text }));
  it.each(answers)('$shown', ({ text }) => {
    expect(() => parse(text)).toThrow(AnswerMalformed);
    expect(() => parse(text, { sliceBytes: 3 })).toThrow(AnswerMalformed);
  });
});
