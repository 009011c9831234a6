import { describe, expect, it } from 'vitest';
import { AnswerReader } from '../../../src/lanes/runtime/answer-reader.ts';

/** Answers that end by themselves, with a HEAD request where it says so. */
const answers: readonly [name: string, wire: string, body: string, method?: string][] = [
  ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world', 'hello world'],
  ['a length of 0', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', ''],
  ['one chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n', 'hello'],
  [
    'chunks, extensions and trailers',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n1;a=b\r\nh\r\n00004\r\nello\r\n0\r\nX-Sum: 7\r\nX-B: \r\n\r\n',
    'hello',
  ],
  ['204', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
  ['304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n', ''],
  ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n', '', 'HEAD'],
  [
    '1xx before it',
    'HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Go\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}',
    '{}',
  ],
];

interface Seen {
  readonly statuses: number[];
  body: string;
  readonly done: boolean;
  readonly trailers: string;
  readonly clean: boolean;
}

/** What a reader makes of these reads, each in a buffer that is overwritten behind it. */
function readAll(pieces: readonly Buffer[], method = 'POST', reader = new AnswerReader()): Seen {
  const shared = Buffer.alloc(1024);
  const statuses: number[] = [];
  let body = '';
  reader.begin(method);
  for (const piece of pieces) {
    piece.copy(shared);
    reader.take(shared, piece.length);
    while (reader.head === null) {
      const head = reader.readHead();
      if (head === null) break;
      statuses.push(head.status);
    }
    if (reader.head === null) continue;
    reader.readBody();
    body += reader.bytes.toString('latin1', reader.dataStart, reader.dataEnd);
    shared.fill(0x23);
  }
  const { done, clean } = reader;
  return { statuses, body, done, clean, trailers: JSON.stringify([...(reader.trailers ?? [])]) };
}

describe.each(answers)('%s', (_name, wire, body, method) => {
  const bytes = Buffer.from(wire, 'latin1');
  const whole = readAll([bytes], method);

  it('is read whole', () => {
    expect([whole.body, whole.done, whole.statuses.at(-1)! >= 200]).toEqual([body, true, true]);
  });

  it('is the same cut in two at every byte, and in single bytes', () => {
    for (let at = 1; at < bytes.length; at++) {
      expect(readAll([bytes.subarray(0, at), bytes.subarray(at)], method), `cut at ${at}`).toEqual(whole);
    }
    expect(
      readAll(
        [...bytes].map((byte) => Buffer.from([byte])),
        method,
      ),
    ).toEqual(whole);
  });

  it('is never done before its last byte', () => {
    for (let at = 0; at < bytes.length; at++) {
      expect(readAll([bytes.subarray(0, at)], method).done, `${at} bytes`).toBe(false);
    }
  });

  it('is told apart from bytes behind it, which make the connection unfit for another', () => {
    const more = readAll([Buffer.concat([bytes, Buffer.from('HTTP/1.1 200 OK\r\n')])], method);
    expect({ ...more, clean: whole.clean }).toEqual(whole);
    expect(more.clean).toBe(false);
  });

  it('is the same the second time, when its head is known', () => {
    const reader = new AnswerReader();
    readAll([bytes], method, reader);
    expect(readAll([bytes], method, reader)).toEqual(whole);
  });
});

it('an answer that says neither length nor chunks goes on until the connection ends', () => {
  const reader = new AnswerReader();
  const seen = readAll([Buffer.from('HTTP/1.1 200 OK\r\n\r\nabc'), Buffer.from('def')], 'GET', reader);
  expect([seen.body, seen.done, reader.endsWithConnection, seen.clean]).toEqual(['abcdef', false, true, false]);
});

it.each([
  ['HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', false],
  ['HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', false],
  ['HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n', false],
  ['HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n', true],
  ['HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n', false],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', true],
])('%j leaves the connection fit for another: %s', (wire, fit) => {
  expect(readAll([Buffer.from(wire)]).clean).toBe(fit);
});

it.each([
  ['a chunk size that is none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
])('%s is refused', (_name, wire) => {
  expect(() => readAll([Buffer.from(wire)])).toThrow();
});

it('asks for a large buffer only while more is to come than a small read takes', () => {
  const reader = new AnswerReader();
  const read = (bytes: Buffer) => {
    reader.take(bytes, bytes.length);
    if (reader.head === null) reader.readHead();
    reader.readBody();
  };
  reader.begin('GET');
  expect(reader.large).toBe(false);
  read(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n'));
  expect(reader.large).toBe(true);
  read(Buffer.alloc(50_000));
  expect(reader.large).toBe(false);
});
