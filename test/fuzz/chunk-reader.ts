// Fuzzing the reader of chunked bodies: the same in any pieces, the same as a simple reader of the whole, nothing behind the end.
import { ChunkError, ChunkReader, maxChunkExtensionBytes } from '../../src/lanes/wire/chunk-reader.ts';
import { type FuzzTarget, latin1Seeds, mustHold } from './target.ts';

interface Outcome {
  readonly state: string; // 'done', 'unfinished', or why it was refused
  readonly body: string;
  readonly trailers: readonly string[];
  readonly stop: number;
}

const maxTrailerBytes = 64;

export const chunkReader: FuzzTarget = {
  name: 'chunk-reader',
  seeds: latin1Seeds(
    '3\r\nabc\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n',
    '00A\r\n0123456789\r\n1\r\n\n\r\n0\r\n\r\n',
    '3;a;b=c;d="e f\\"\t\xe9"\r\nabc\r\n0;x=""\r\n\r\n',
    '2\r\nab\r\n0\r\nT: x\r\nU:y z\t \r\nV:\r\nW: \xa0\r\n\r\n',
    '0\r\nContent-Length: 3\r\n\r\nabc',
    '1fffffffffffff\r\nabc',
    'fffffffffffffff\r\nabc',
    `1;${'a'.repeat(maxChunkExtensionBytes)}\r\na\r\n0\r\n\r\n`,
  ),
  run(input) {
    const whole = read(input, input.length, 0);
    for (const [step, poison] of [
      [1, 0x0d],
      [2, 0x0a],
      [1 + (input.length % 11), 0x30],
      [1 + (input.length >> 1), 0x3b],
      [input.length, 0xff],
    ] as const) {
      const cut = read(input, Math.max(1, step), poison);
      mustHold(JSON.stringify(cut) === JSON.stringify(whole), 'pieces and what is around them do not count');
    }
    const expected = readPlainly(Buffer.from(input).toString('latin1'));
    mustHold((expected !== null) === (whole.state === 'done'), 'it is whole for both readers or for none');
    if (expected !== null) mustHold(JSON.stringify(whole) === JSON.stringify(expected), 'data, trailers and end agree');
  },
};

/** Each `step` bytes alone in a buffer full of `poison`. */
function read(input: Uint8Array, step: number, poison: number): Outcome {
  const reader = new ChunkReader({ maxTrailerBytes });
  let body = '';
  let at = 0;
  try {
    while (at < input.length && !reader.done) {
      const piece = Buffer.alloc(step + 16, poison);
      const length = Math.min(step, input.length - at);
      piece.set(input.subarray(at, at + length), 8);
      const stop = reader.read(piece, 8, 8 + length, (chunk) => {
        mustHold(chunk.length > 0 && chunk.buffer === piece.buffer, 'chunks are views, none of them empty');
        body += chunk.toString('latin1');
      });
      mustHold(stop === 8 + length || reader.done, 'it reads on to the end of a piece, or of the body');
      mustHold(stop > 8 && stop <= 8 + length, 'it goes on, and not behind the end');
      at += stop - 8;
    }
  } catch (error) {
    if (!(error instanceof ChunkError)) throw error;
    return { state: error.reason, body, trailers: [], stop: 0 };
  }
  const { done } = reader;
  return { state: done ? 'done' : 'unfinished', body, trailers: done ? reader.trailers : [], stop: at };
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const quoted = '"(?:[\\t !#-[\\]-~\\x80-\\xff]|\\\\[\\t -~\\x80-\\xff])*"';
const sizeLine = new RegExp(`(0*[0-9a-fA-F]{1,15})((?:;${token}(?:=(?:${token}|${quoted}))?)*)\\r\\n`, 'y');
const trailerLine = new RegExp(`(${token}):([\\t -~\\x80-\\xff]*)\\r\\n`, 'y');

/** The body at the start of `text` by patterns; null when there is no whole one. */
function readPlainly(text: string): Outcome | null {
  let body = '';
  let at = 0;
  for (;;) {
    const line = matchAt(sizeLine, text, at);
    if (line === null || (line[2] as string).length - 1 > maxChunkExtensionBytes) return null;
    const size = Number.parseInt(line[1] as string, 16);
    at += line[0].length;
    if (size === 0) return readPlainTrailers(text, at, body);
    if (size > Number.MAX_SAFE_INTEGER || text.slice(at + size, at + size + 2) !== '\r\n') return null;
    body += text.slice(at, at + size);
    at += size + 2;
  }
}

function readPlainTrailers(text: string, from: number, body: string): Outcome | null {
  const trailers: string[] = [];
  let at = from;
  for (let line = matchAt(trailerLine, text, at); line !== null; line = matchAt(trailerLine, text, at)) {
    const [all, name = '', value = ''] = line;
    if (/^(content-length|transfer-encoding)$/i.test(name)) return null;
    trailers.push(name, value.replace(/^[ \t]+|[ \t]+$/g, ''));
    at += all.length;
  }
  const stop = at + 2;
  if (text.slice(at, stop) !== '\r\n' || stop - from > maxTrailerBytes) return null;
  return { state: 'done', body, trailers, stop };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
