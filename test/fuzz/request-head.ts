// Fuzzing the head parser of the plain lane: it never throws, looks at nothing behind the end, and is never laxer than a plain reading.
import { FlatHeaderBlock } from '../../src/http/header-block.ts';
import { type RequestHead, readRequestHead as readFromList } from '../../src/http/request-head.ts';
import { HeadCache } from '../../src/lanes/wire/head-cache.ts';
import type { WireRequestHead } from '../../src/lanes/wire/heads.ts';
import { readRequestHead } from '../../src/lanes/wire/request-head.ts';
import { seededRandom } from '../support/random.ts';
import { makeHead } from '../support/request-heads.ts';
import { type FuzzTarget, latin1Seeds, mustHold } from './target.ts';

const limits = {
  ...{ host: '', port: 0, maxConnections: 1, headersTimeoutMs: 1, keepAliveTimeoutMs: 1 },
  ...{ maxHeaderBytes: 600, maxHeaderCount: 12, maxUrlBytes: 100, maxBodyBytes: 1_000_000 },
};
const clientAddress = '10.0.0.9';
const origin = { limits, clientAddress };
const largest = 'OPTIONS '.length + limits.maxUrlBytes + ' HTTP/1.1\r\n'.length + limits.maxHeaderBytes + 4;

const random = seededRandom(1);
export const requestHead: FuzzTarget = {
  name: 'request-head',
  seeds: latin1Seeds(
    'POST /v2/models/m/infer HTTP/1.1\r\nHost: a:8080\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello',
    'GET / HTTP/1.1\r\nhost:a\r\nTransfer-Encoding: chunked\r\nX-Forwarded-For: 1.1.1.1, ::1\r\nX-Forwarded-Proto: https\r\n\r\n',
    // Its fields are the longest that are allowed, by what counts of them; found by fuzzing.
    `POST /v2 HTTP/1.1\r\nX-Forwarded-Host: \t  \r\nx: ${'a'.repeat(564)}\r\nHost: a\r\n\r\n`,
    ...Array.from({ length: 60 }, () => makeHead(random).text),
  ),
  run(input) {
    const read = readBetween(input, 0);
    const again = readBetween(input, 0xff);
    const crlf = readBetween(input, 10);
    mustHold(describe(read) === describe(again) && describe(read) === describe(crlf), 'bytes outside do not count');
    const text = Buffer.from(input).toString('latin1');
    if (read === 'incomplete') {
      mustHold(!text.includes('\r\n\r\n'), 'a head with its empty line is never incomplete');
      mustHold(input.length <= largest, 'what is incomplete is within the limits');
    } else if (read !== 'unusual') agrees(read, text);
  },
};

/** Read from the middle of a buffer that is full of `poison` elsewhere. */
function readBetween(input: Uint8Array, poison: number): WireRequestHead | 'incomplete' | 'unusual' {
  const bytes = Buffer.alloc(input.length + 64, poison);
  bytes.set(input, 32);
  const head = readRequestHead(bytes, 32, 32 + input.length, origin);
  bytes.fill(poison); // what the head keeps is a copy
  return head;
}

function describe(head: WireRequestHead | string): string {
  if (typeof head === 'string') return head;
  const { method, path, authority, contentLength, chunked, close, bytes } = head;
  return JSON.stringify([method, path, authority, contentLength, chunked, close, bytes, head.headers.write([])]);
}

const plainHead =
  /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\/[!"$-~]*) HTTP\/1\.1\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*\r\n)+)\r\n/;

/** The same head by a pattern over text, and http/request-head.ts behind it. */
function agrees(head: WireRequestHead, text: string): void {
  const found = plainHead.exec(text);
  mustHold(found !== null, 'what is accepted is of the plain shape');
  const [whole, method, target, lines = ''] = found;
  const raw = lines
    .split('\r\n')
    .slice(0, -1)
    .flatMap((line) => [
      line.slice(0, line.indexOf(':')),
      line.slice(line.indexOf(':') + 1).replace(/^[ \t]+|[ \t]+$/g, ''),
    ]);
  const expected: RequestHead = readFromList(raw, { protocol: 'http1', clientAddress }, limits);
  mustHold(
    head.bytes === whole.length && head.method === method && head.path === target,
    'request line and length agree',
  );
  mustHold(head.authority === expected.authority && !expected.expectContinue, 'authority agrees');
  mustHold(head.contentLength === expected.contentLength && head.chunked === expected.chunked, 'framing agrees');
  mustHold(!/^(upgrade|te|trailer|http2-settings):/im.test(lines), 'nothing that changes the protocol passes');
  const flat = expected.headers.write([]);
  mustHold(head.headers.write([]).join('\n') === flat.join('\n'), 'fields agree');
  sameBlock(head, flat);
  prefixesAreIncomplete(text, whole.length);
}

function sameBlock({ headers }: WireRequestHead, flat: readonly string[]): void {
  const block = new FlatHeaderBlock(flat);
  const bytes = Buffer.alloc(block.wireBytes);
  const expected = Buffer.alloc(block.wireBytes);
  mustHold(headers.wireBytes === block.wireBytes, 'wire bytes agree');
  mustHold(headers.copyTo(bytes, 0) === block.copyTo(expected, 0) && bytes.equals(expected), 'wire forms agree');
  for (let i = 0; i < flat.length; i += 2) {
    const name = (flat[i] as string).toUpperCase();
    mustHold(headers.get(name) === block.get(name), 'a field is found by its name');
  }
}

function prefixesAreIncomplete(text: string, length: number): void {
  const bytes = Buffer.from(text, 'latin1');
  const step = 1 + (bytes.length % 7);
  for (let end = length - 1; end >= 0; end -= step) {
    mustHold(readRequestHead(bytes, 0, end, origin) === 'incomplete', 'the beginning of a plain head is incomplete');
  }
  const head = readRequestHead(bytes, 0, bytes.length, origin) as WireRequestHead;
  const cache = new HeadCache<WireRequestHead>();
  cache.keep(bytes, 0, head);
  mustHold(cache.find(bytes, 0, bytes.length) === head, 'a head that came again is found');
  mustHold(cache.find(bytes, 0, length - 1) === null, 'a part of it is not');
}
