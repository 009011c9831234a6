// Is an answer read the same however its bytes are cut, and is nothing read that is no answer?
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerReader, type Reading, type SinkAnswer } from '../../../src/logger/sink/answer-reader.ts';
import { seed } from '../../support/seed.ts';

interface Read {
  readonly reading: Reading;
  readonly answer: SinkAnswer | null;
}

/** Reads pieces in the same memory, as a socket does, up to the end of the answer; `closed`: then the sink closes. */
function readPieces(pieces: readonly string[], closed = false): Read {
  const reader = new AnswerReader();
  const memory = Buffer.alloc(Math.max(...pieces.map(({ length }) => length)));
  let reading: Reading = 'more';
  for (const piece of pieces) {
    if (reading !== 'more') break;
    reading = reader.read(memory, memory.write(piece, 'latin1'));
  }
  if (closed && reading === 'more') reading = reader.end();
  return { reading, answer: reading === 'complete' || reading === 'too_long' ? reader.take() : null };
}

function readOne(text: string, closed = false): Read {
  return readPieces([text], closed);
}

const head = 'HTTP/1.1 200 OK\r\n';
const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n`;
const answerOf = (status: number, text = '', more: Partial<SinkAnswer> = {}): Read => ({
  reading: 'complete',
  answer: { status, retryAfter: null, text, reusable: true, ...more },
});

/** Name, bytes, what is read when the sink closes after them. */
const answers: readonly (readonly [name: string, bytes: string, expected: Read])[] = [
  ['no body', `${head}Content-Length: 0\r\n\r\n`, answerOf(200)],
  ['no reason, and no space before it', 'HTTP/1.1 202\r\nContent-Length: 0\r\n\r\n', answerOf(202)],
  ['a length', `${head}Server: x\r\ncontent-LENGTH:5 \r\n\r\nhello`, answerOf(200, 'hello')],
  ['the same length twice', `${head}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`, answerOf(200, 'ok')],
  ['204 whatever it announces', 'HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n', answerOf(204)],
  ['304', 'HTTP/1.1 304 Not Modified\r\n\r\n', answerOf(304)],
  ['chunks', `${chunked}3\r\nabc\r\n2;x="y"\r\nde\r\n0\r\n\r\n`, answerOf(200, 'abcde')],
  ['chunks and trailers', `${chunked}A \r\n0123456789\r\n000\r\nX-Sum: 1\r\n\r\n`, answerOf(200, '0123456789')],
  ['UTF-8', `${head}Content-Length: 4\r\n\r\nn\u00c3\u00a9e`, answerOf(200, 'née')],
  [
    '100 and 103 before it',
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103\r\nLink: x\r\n\r\n${chunked}0\r\n\r\n`,
    answerOf(200),
  ],
  [
    'Retry-After',
    'HTTP/1.1 503 Busy\r\nRetry-After:  120\r\nContent-Length: 0\r\n\r\n',
    answerOf(503, '', { retryAfter: '120' }),
  ],
  [
    'Connection: close',
    `${head}Connection: x, Close\r\nContent-Length: 0\r\n\r\n`,
    answerOf(200, '', { reusable: false }),
  ],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', answerOf(200, 'ok', { reusable: false })],
  ['no length until close', `${head}\r\nall of it`, answerOf(200, 'all of it', { reusable: false })],
  [
    'another coding until close',
    `${head}Transfer-Encoding: gzip\r\n\r\nzzz`,
    answerOf(200, 'zzz', { reusable: false }),
  ],
  [
    'a length beside chunks',
    `${head}Content-Length: 3\r\n${chunked.slice(head.length)}1\r\nx\r\n0\r\n\r\n`,
    answerOf(200, 'x', { reusable: false }),
  ],
];

const malformed: readonly (readonly [name: string, bytes: string])[] = [
  ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['HTTP/2', 'HTTP/2 200 OK\r\n\r\n'],
  ['no status', 'HTTP/1.1 OK\r\n\r\n'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['a protocol nobody asked for', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n'],
  ['lines that end in a line feed only', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
  ['one such line', `${head}Server: x\nContent-Length: 0\r\n\r\n`],
  ['a line without a colon', `${head}nothing\r\n\r\n`],
  ['a line without a name', `${head}: x\r\n\r\n`],
  ['a folded line', `${head}Server: a\r\n b: c\r\n\r\n`],
  ['two lengths', `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
  ['a negative length', `${head}Content-Length: -1\r\n\r\n`],
  ['a list of lengths', `${head}Content-Length: 1, 1\r\n\r\na`],
  ['a chunk size that is none', `${chunked}x\r\n`],
  ['a chunk size beyond all measure', `${chunked}fffffffff\r\n`],
  ['a chunk longer than its size', `${chunked}1\r\nabc\r\n`],
  ['a chunk size with a line feed only', `${chunked}1\na\r\n`],
  ['a chunk extension without end', `${chunked}1;${'x'.repeat(5000)}`],
  ['a head without end', `${head}${'X-Long: y\r\n'.repeat(6000)}`],
  ['a head beyond 64 KiB', `${head}X-Long: ${'y'.repeat(65_536)}\r\n\r\n`],
];

describe('an answer', () => {
  it.each(answers)('with %s is read in one piece, byte by byte, and cut in two anywhere', (_name, bytes, expected) => {
    expect(readOne(bytes, true)).toEqual(expected);
    expect(readPieces([...bytes], true)).toEqual(expected);
    for (let at = 1; at < bytes.length; at += 1) {
      expect(readPieces([bytes.slice(0, at), bytes.slice(at)], true), `cut at ${at}`).toEqual(expected);
    }
  });

  it.each(answers)('with %s is not complete before its last byte', (_name, bytes, { answer }) => {
    const untilClose = answer?.reusable === false && !/length|chunked/i.test(bytes);
    for (let at = 1; at < bytes.length; at += 1) expect(readOne(bytes.slice(0, at)).reading).toBe('more');
    expect(readOne(bytes).reading).toBe(untilClose ? 'more' : 'complete');
    if (!untilClose) expect(readOne(bytes.slice(0, -1), true).reading).toBe('more');
  });

  it.each(malformed)('that is none is told: %s', (_name, bytes) => {
    expect(readOne(bytes).reading).toBe('malformed');
    expect(readPieces(bytes.match(/[\s\S]{1,50}/g) ?? []).reading).toBe('malformed');
  });

  it('is told by its first bytes when it cannot become one', () => {
    expect(readOne('S').reading).toBe('malformed');
    expect(readOne('HTTP/1').reading).toBe('more');
  });

  it('is read the same however random bytes are cut and changed', () => {
    const some = fc.constantFrom(...[...answers, ...malformed.slice(0, -2)].map(([, bytes]) => bytes));
    const change = fc.option(fc.tuple(fc.nat(), fc.constantFrom('\r', '\n', ' ', ':', '0', 'é')), { nil: null });
    fc.assert(
      fc.property(some, change, fc.array(fc.nat(40), { maxLength: 20 }), (text, changed, lengths) => {
        const at = changed === null ? 0 : changed[0] % text.length;
        const bytes = changed === null ? text : text.slice(0, at) + changed[1] + text.slice(at + 1);
        const pieces: string[] = [];
        let rest = bytes;
        for (const length of lengths) {
          pieces.push(rest.slice(0, length));
          rest = rest.slice(length);
        }
        pieces.push(rest);
        const whole = readOne(bytes, true);
        const parts = readPieces(pieces, true);
        // Bytes after the end make a connection unusable; in pieces they are not yet seen here.
        const seen = ({ reading, answer }: Read) => ({ reading, answer: answer && { ...answer, reusable: null } });
        expect(seen(parts)).toEqual(seen(whole));
      }),
      { seed, numRuns: 2000 },
    );
  });
});

describe('a body', () => {
  it('is kept up to its first KiB, whole characters only, and read to its end', () => {
    const text = `${'x'.repeat(1023)}\u00c3\u00a9${'y'.repeat(4000)}`;
    const expected = answerOf(400, 'x'.repeat(1023));
    expect(readOne(`HTTP/1.1 400 Bad\r\nContent-Length: ${text.length}\r\n\r\n${text}`)).toEqual(expected);
  });

  it.each([
    ['with a length', `${head}Content-Length: 1048577\r\n\r\n`, 'z'.repeat(1_048_577)],
    ['in chunks', chunked, `100001\r\n${'z'.repeat(1_048_577)}`],
    ['until close', `${head}\r\n`, 'z'.repeat(1_048_577)],
  ])('beyond 1 MiB is not read to its end: %s', (_name, begin, body) => {
    const { reading, answer } = readPieces([begin, body.slice(0, 70_000), body.slice(70_000)]);
    expect(reading).toBe('too_long');
    expect(answer).toMatchObject({ status: 200, text: 'z'.repeat(1024) });
  });

  it('of 1 MiB is read to its end', () => {
    const body = 'z'.repeat(1_048_576);
    expect(readOne(`${head}Content-Length: 1048576\r\n\r\n${body}`)).toMatchObject({ answer: { reusable: true } });
  });
});

it('bytes after an answer make the connection unusable, and one answer leaves nothing to the next', () => {
  expect(readOne(`${head}Content-Length: 2\r\n\r\nok!`).answer).toMatchObject({ text: 'ok', reusable: false });
  expect(readOne(`${chunked}0\r\n\r\n!`).answer).toMatchObject({ reusable: false });
  const reader = new AnswerReader();
  for (const [, text, { answer }] of answers.filter(([, , expected]) => expected.answer?.reusable)) {
    const bytes = Buffer.from(text, 'latin1');
    expect(reader.begun).toBe(false);
    expect(reader.read(bytes, bytes.length)).toBe('complete');
    expect(reader.take()).toEqual(answer);
  }
});
