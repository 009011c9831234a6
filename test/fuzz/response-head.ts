// Fuzzing the reader of answers: refused with one code or read as a plain pattern reads it, and nothing behind the end counts.
import { OutriggerError } from '../../src/errors.ts';
import { readResponseHead as readFromList, readReason } from '../../src/http/response-head.ts';
import type { WireResponseHead } from '../../src/lanes/wire/heads.ts';
import { readResponseHead } from '../../src/lanes/wire/response-head.ts';
import { type FuzzTarget, latin1Seeds, mustHold } from './target.ts';

type Outcome = WireResponseHead | 'incomplete' | 'refused';

const end = 'Content-Length: 145\r\n\r\n';
const chunked = 'Transfer-Encoding: chunked\r\n\r\n';

export const responseHead: FuzzTarget = {
  name: 'response-head',
  seeds: latin1Seeds(
    `HTTP/1.1 200 OK\r\nServer: x\r\nDate: Sun, 22 Nov 2026 03:42:20 GMT\r\nContent-Type: application/json\r\n${end}{}`,
    `HTTP/1.1 200 OK\r\ncontent-type: a/b\r\nconnection: keep-alive\r\nkeep-alive: timeout=5, max=100\r\n${chunked}`,
    `HTTP/1.0 200 OK\r\nConnection: Keep-Alive, X-Own\r\nX-Own: 1\r\na:b\r\nc:\r\nd: \te \t\r\n${end}`,
    `HTTP/1.1 404\r\nProxy-Connection: close\r\nUpgrade: h2c\r\nTE: x\r\nTrailer: T\r\nContent_Length: 1\r\n${end}`,
    'HTTP/1.1 500 \xc3\xa9\xff\r\nSet-Cookie: a=\xe9\r\nset-cookie: b\r\nConnection: content-length\r\ncontent-length:3\r\n\r\n',
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 \r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
  ),
  run(input) {
    const outcome = readBetween(input, 0);
    for (const poison of [0x0a, 0x0d, 0x20, 0x31, 0x3a, 0xff]) {
      mustHold(describe(readBetween(input, poison)) === describe(outcome), 'bytes outside do not count');
    }
    const text = Buffer.from(input).toString('latin1');
    const found = plainHead.exec(text);
    const expected = found === null ? null : readPlainly(found);
    if (typeof outcome === 'object') {
      mustHold(found !== null && expected !== null, 'what is accepted is of the plain shape');
      agrees(outcome, found, expected);
      prefixesAreIncomplete(input, outcome.bytes);
    } else {
      mustHold(expected === null, 'a plain head is accepted');
      if (outcome === 'incomplete')
        mustHold(!text.includes('\r\n\r\n'), 'a head with its empty line is never incomplete');
    }
  },
};

/** Read from the middle of a buffer that is full of `poison` elsewhere. */
function readBetween(input: Uint8Array, poison: number): Outcome {
  const bytes = Buffer.alloc(input.length + 64, poison);
  bytes.set(input, 32);
  const outcome = readOrRefuse(bytes, 32, 32 + input.length);
  bytes.fill(poison); // what the head keeps is a copy
  return outcome;
}

function readOrRefuse(bytes: Buffer, from: number, to: number): Outcome {
  try {
    return readResponseHead(bytes, from, to);
  } catch (error) {
    if (error instanceof OutriggerError && error.code === 'UPSTREAM_PROTOCOL_ERROR') return 'refused';
    throw error;
  }
}

function describe(outcome: Outcome): string {
  if (typeof outcome === 'string') return outcome;
  return JSON.stringify({ ...outcome, headers: outcome.headers.write([]) });
}

const plainHead =
  /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*)\r\n/;

interface Expected {
  readonly raw: readonly string[];
  readonly head: ReturnType<typeof readFromList>;
}

/** The fields as undici lists them, and http/response-head.ts behind it; null when that refuses, for 101, and for 1xx of HTTP/1.0. */
function readPlainly([, minor, status = '', , lines = '']: RegExpExecArray): Expected | null {
  if (status === '101' || (minor === '0' && status.startsWith('1'))) return null;
  const raw = lines
    .split('\r\n')
    .slice(0, -1)
    .flatMap((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+/, '')];
    });
  try {
    return { raw, head: readFromList(raw) };
  } catch {
    return null;
  }
}

function agrees(outcome: WireResponseHead, found: RegExpExecArray, { raw, head }: Expected): void {
  const [whole, minor, status, reason = ''] = found;
  mustHold(outcome.bytes === whole.length && outcome.status === Number(status), 'status and length agree');
  const phrase = readReason(Buffer.from(reason, 'latin1').toString('utf8'));
  mustHold(outcome.reason === phrase, 'reason agrees');
  mustHold(outcome.contentLength === head.contentLength && outcome.chunked === head.chunked, 'framing agrees');
  const flat = head.headers.write([]);
  mustHold(outcome.headers.write([]).join('\n') === flat.join('\n'), 'fields agree');
  const bytes = Buffer.alloc(outcome.headers.wireBytes);
  const written = Buffer.alloc(head.headers.wireBytes);
  outcome.headers.copyTo(bytes, 0);
  head.headers.copyTo(written, 0);
  mustHold(bytes.equals(written), 'wire forms agree');
  const options = valuesOf(raw, /^(proxy-)?connection$/).flatMap((value) => value.split(',').map((one) => one.trim()));
  const named = minor === '1' || (options.includes('keep-alive') && !head.chunked);
  mustHold(outcome.keepAlive === (named && !options.includes('close')), 'persistence agrees');
  const hint = /(?:^|,)[\t ]*timeout=(\d+)/.exec(valuesOf(raw, /^keep-alive$/).join(','))?.[1];
  mustHold(outcome.idleTimeoutMs === (hint === undefined ? null : Number(hint) * 1000), 'the hint agrees');
}

/** In lower case. */
function valuesOf(raw: readonly string[], name: RegExp): string[] {
  return raw
    .filter((_, i) => i % 2 === 1 && name.test((raw[i - 1] as string).toLowerCase()))
    .map((v) => v.toLowerCase());
}

function prefixesAreIncomplete(input: Uint8Array, length: number): void {
  const bytes = Buffer.from(input);
  const step = 1 + (bytes.length % 7);
  for (let cut = length - 1; cut >= 0; cut -= step) {
    mustHold(readOrRefuse(bytes, 0, cut) === 'incomplete', 'the beginning of a good head is incomplete');
  }
}
