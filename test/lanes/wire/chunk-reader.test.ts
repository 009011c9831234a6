// What is a chunked body, where does it end, and what is in it?
import { describe, expect, it } from 'vitest';
import { ChunkError, ChunkReader, maxChunkExtensionBytes } from '../../../src/lanes/wire/chunk-reader.ts';

const maxTrailerBytes = 200;

interface Outcome {
  readonly body: string;
  readonly trailers: readonly string[];
  readonly done: boolean;
  /** Bytes of the body, behind which the next message begins. */
  readonly stop: number;
}

/** Reads `text` in pieces that end at `cuts`, each piece alone in a buffer full of `poison`. */
function read(text: string, { cuts = [], poison = '\0' }: { cuts?: readonly number[]; poison?: string } = {}): Outcome {
  const reader = new ChunkReader({ maxTrailerBytes });
  let body = '';
  let at = 0;
  for (const cut of [...cuts, text.length]) {
    const piece = Buffer.from(`${poison.repeat(3)}${text.slice(at, cut)}${poison.repeat(64)}`, 'latin1');
    const end = 3 + cut - at;
    const stop = reader.read(piece, 3, end, (chunk) => {
      if (chunk.length === 0) throw new Error('an empty chunk');
      if (chunk.buffer !== piece.buffer) throw new Error('a copy');
      body += chunk.toString('latin1');
    });
    at += stop - 3;
    if (reader.done) break;
    expect(stop).toBe(end);
  }
  return { body, trailers: reader.trailers, done: reader.done, stop: at };
}

function reasonOf(text: string, cuts: readonly number[] = []): string {
  try {
    read(text, { cuts });
  } catch (error) {
    if (error instanceof ChunkError) return error.reason;
    throw error;
  }
  throw new Error(`taken: ${JSON.stringify(text)}`);
}

const good: readonly (readonly [text: string, body: string, trailers: readonly string[]])[] = [
  ['0\r\n\r\n', '', []],
  ['000\r\n\r\n', '', []],
  ['3\r\nabc\r\n0\r\n\r\n', 'abc', []],
  ['0000000000000000000a\r\n0123456789\r\n0\r\n\r\n', '0123456789', []],
  ['A\r\n0123456789\r\n1\r\n\n\r\n0\r\n\r\n', '0123456789\n', []],
  ['3;a\r\nabc\r\n0;x=y;z\r\n\r\n', 'abc', []],
  ['3;a="b c\\"d;\\\t\t\xe9";e=""\r\nabc\r\n0\r\n\r\n', 'abc', []],
  ['5\r\n0\r\n\r\n\r\n0\r\n\r\n', '0\r\n\r\n', []],
  ['0\r\nT: x\r\nU:y \t\r\nV:\r\nt: \xa0\xe9\xa0\r\n\r\n', '', ['T', 'x', 'U', 'y', 'V', '', 't', '\xa0\xe9\xa0']],
];

describe.each(good)('%j', (text, body, trailers) => {
  const whole = { body, trailers, done: true, stop: text.length };

  it('is read whole, and nothing behind it', () => {
    expect(read(text)).toEqual(whole);
    expect(read(`${text}0\r\n\r\nHTTP/1.1 200 OK`)).toEqual(whole);
  });

  it('is the same in two pieces cut anywhere, and in three', () => {
    for (let first = 0; first <= text.length; first++) {
      for (let second = first; second <= text.length; second++) {
        expect(read(text, { cuts: [first, second] }), `${first}, ${second}`).toEqual(whole);
      }
    }
  });

  it('is the same byte for byte, and with anything behind each byte', () => {
    const cuts = Array.from(text, (_, i) => i);
    for (const poison of ['\r', '\n', '0', ';', ':', 'x']) expect(read(text, { cuts, poison })).toEqual(whole);
  });

  it('is not over before its last byte', () => {
    for (let end = 0; end < text.length; end++) {
      expect(read(text.slice(0, end))).toMatchObject({ done: false, stop: end });
    }
  });
});

describe('a body', () => {
  it('is given as views of what came, one for each chunk and piece', () => {
    const reader = new ChunkReader({ maxTrailerBytes });
    const bytes = Buffer.from('3\r\nabc\r\n4\r\ndefg');
    const chunks: Buffer[] = [];
    reader.read(bytes, 0, bytes.length - 2, (chunk) => chunks.push(chunk));
    reader.read(bytes, bytes.length - 2, bytes.length, (chunk) => chunks.push(chunk));
    expect(chunks.map(String)).toEqual(['abc', 'de', 'fg']);
    bytes.fill('x');
    expect(chunks.map(String)).toEqual(['xxx', 'xx', 'xx']);
  });

  it('that is over takes nothing any more', () => {
    const reader = new ChunkReader({ maxTrailerBytes });
    const bytes = Buffer.from('0\r\n\r\n1\r\nx');
    expect(reader.read(bytes, 0, bytes.length, () => expect.unreachable())).toBe(5);
    expect(reader.read(bytes, 5, bytes.length, () => expect.unreachable())).toBe(5);
  });

  it('goes on when whoever takes a chunk throws', () => {
    const reader = new ChunkReader({ maxTrailerBytes });
    const bytes = Buffer.from('3\r\nabc\r\n0\r\n\r\n');
    const taking = () => {
      throw new Error('full');
    };
    expect(() => reader.read(bytes, 0, 6, taking)).toThrow('full');
    reader.read(bytes, 6, bytes.length, () => expect.unreachable());
    expect(reader.done).toBe(true);
  });
});

const size = 'a size that is no plain hexadecimal number';
const large = 'a size too large';
const extension = 'an extension that is not well-formed';
const name = 'a trailer whose name is no token';
const value = 'a trailer whose value holds a control character';

describe('refused, wherever it is cut:', () => {
  it.each([
    ['\r\nabc', size],
    [';a\r\nabc', size],
    [' 3\r\nabc', size],
    ['3 \r\nabc', size],
    ['3\t\r\nabc', size],
    ['+3\r\nabc', size],
    ['-3\r\nabc', size],
    ['0x3\r\nabc', size],
    ['3g\r\nabc', size],
    ['\xb3\r\nabc', size],
    ['3\nabc', size],
    ['3\r\nabc\r\n\r\n', size],
    ['20000000000000\r\n', large],
    ['fffffffffffffff\r\n', large],
    ['3\r\r\nabc', 'no LF behind the CR of a chunk size'],
    ['3\rabc', 'no LF behind the CR of a chunk size'],
    ['3\r\nabc\n0\r\n\r\n', 'no CRLF behind the data of a chunk'],
    ['3\r\nabc\r0\r\n\r\n', 'no CRLF behind the data of a chunk'],
    ['3\r\nabc0\r\n\r\n', 'no CRLF behind the data of a chunk'],
    ['3\r\nabcd\r\n0\r\n\r\n', 'no CRLF behind the data of a chunk'],
    ['3;\r\nabc', extension],
    ['3;;a\r\nabc', extension],
    ['3;a;\r\nabc', extension],
    ['3; a\r\nabc', extension],
    ['3;a =b\r\nabc', extension],
    ['3;a= b\r\nabc', extension],
    ['3;a=\r\nabc', extension],
    ['3;=a\r\nabc', extension],
    ['3;a==b\r\nabc', extension],
    ['3;a\nabc', extension],
    ['3;a="b\r\nabc', extension],
    ['3;a="b\\\r\nabc', extension],
    ['3;a="b"c\r\nabc', extension],
    ['3;a="b"=c\r\nabc', extension],
    ['3;a=b"c"\r\nabc', extension],
    ['3;a="\0"\r\nabc', extension],
    ['3;a=\xe9\r\nabc', extension],
    ['0\r\n\n', name],
    ['0\r\nT : x\r\n\r\n', name],
    ['0\r\n: x\r\n\r\n', name],
    ['0\r\nT\r\n\r\n', name],
    ['0\r\n T: x\r\n\r\n', name],
    ['0\r\nT: x\r\n y\r\n\r\n', name],
    ['0\r\nT\xe9: x\r\n\r\n', name],
    ['0\r\nT: x\n\r\n', value],
    ['0\r\nT: x\0\r\n\r\n', value],
    ['0\r\nT: \x7f\r\n\r\n', value],
    ['0\r\nT: x\ry\r\n\r\n', 'a bare CR in a trailer'],
    ['0\r\ncontent-length: 3\r\n\r\n', 'a trailer that would frame the message'],
    ['0\r\nTransfer-Encoding: chunked\r\n\r\n', 'a trailer that would frame the message'],
    ['0\r\n\rX', 'no CRLF at its end'],
    ['0\r\nT: x\r\n\r\r', 'no CRLF at its end'],
  ])('%j has %s', (text, reason) => {
    expect(reasonOf(text)).toBe(reason);
    for (let cut = 0; cut <= text.length; cut++) expect(reasonOf(text, [cut])).toBe(reason);
  });

  it('an error says it in a sentence', () => {
    expect(new ChunkError('a size too large').message).toBe('the chunked body has a size too large');
  });
});

describe('limits', () => {
  it('bound the extensions of one chunk, not of all', () => {
    const most = 'x'.repeat(maxChunkExtensionBytes - 1);
    expect(read(`1;${most}\r\na\r\n1;${most}\r\nb\r\n0\r\n\r\n`)).toMatchObject({ body: 'ab', done: true });
    expect(reasonOf(`1;${most}xx\r\na`)).toBe('extensions too long');
  });

  it('bound the trailers, with their line ends and the last one', () => {
    const most = `T: ${'x'.repeat(maxTrailerBytes - 'T: \r\n\r\n'.length)}`;
    expect(read(`0\r\n${most}\r\n\r\n`)).toMatchObject({ done: true });
    expect(reasonOf(`0\r\n${most}x\r\n\r\n`)).toBe('trailers too long');
    expect(reasonOf(`0\r\n${'T:\r\n'.repeat(maxTrailerBytes)}`)).toBe('trailers too long');
  });

  it('let a size be as large as a number holds exactly', () => {
    expect(read('1fffffffffffff\r\nabc')).toMatchObject({ body: 'abc', done: false });
  });
});
