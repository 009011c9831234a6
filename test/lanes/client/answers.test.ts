// Answers of the lane are those of the node:http end, byte for byte.
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { OutriggerError } from '../../../src/errors.ts';
import type { ProxyResponse } from '../../../src/http/exchange.ts';
import { FlatHeaderBlock } from '../../../src/http/header-block.ts';
import { LentBody } from '../../../src/http/lent-body.ts';
import { WireFields } from '../../../src/lanes/wire/wire-fields.ts';
import { rawClient } from '../../support/raw-client.ts';
import { answer, openLaneRig, openNodeRig } from './lane-rig.ts';

type Make = () => ProxyResponse | Error;

const trailers = (...flat: string[]) => ({ fields: new FlatHeaderBlock(flat) });
const stream = (...chunks: string[]) => Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
const wire = (text: string) => new WireFields(Buffer.from(text, 'latin1'));

/** Three pieces, lent; the last trailer comes with them. */
function lent(...pieces: string[]): LentBody {
  const left = [...pieces];
  const next = (): void => {
    let piece = left.shift();
    while (piece !== undefined && body.give(Buffer.from(piece))) piece = left.shift();
    if (piece === undefined) body.finish();
  };
  const body = new LentBody({ resume: () => setImmediate(next), abandon: () => undefined });
  setImmediate(next);
  return body;
}

const cases: Readonly<Record<string, Make>> = {
  'an empty body': () => answer(),
  'a body without a length': () => answer('{}', { fields: ['Content-Type', 'application/json'] }),
  'a body with a length': () => answer('{}', { fields: ['content-length', '2', 'X-A', '1', 'x-a', '2'] }),
  'fields that stayed bytes': () =>
    answer('{}', { headers: wire('Date: now\r\nX-Latin: \xe4\r\nContent-Length: 2\r\n') }),
  'a reason of its own': () => answer('', { reason: 'Fine \xe4' }),
  'an empty reason': () => answer('', { reason: '' }),
  'a status that nobody knows': () => answer('x', { status: 799 }),
  'a status out of range': () => answer('x', { status: 99 }),
  'a reason that breaks the line': () => answer('x', { reason: 'a\r\nb' }),
  'a field that breaks the line': () => answer('x', { fields: ['X-A', 'a\r\nb: c'] }),
  'a field whose name is no token': () => answer('x', { fields: ['X A', '1'] }),
  '204': () => answer('', { status: 204 }),
  '204 with a length and a body': () => answer('xx', { status: 204, fields: ['Content-Length', '2'] }),
  '304': () => answer('', { status: 304, fields: ['ETag', '"1"', 'Content-Length', '77'] }),
  '304 without a length': () => answer('', { status: 304 }),
  '205': () => answer('', { status: 205 }),
  '500': () => answer('oh', { status: 500 }),
  'a body of 5 KB': () => answer('y'.repeat(5000)),
  'a body of 32 KB and one': () => answer('y'.repeat(32_769)),
  'a body of 100 KB': () => answer('y'.repeat(100_000)),
  'bytes with trailers': () => answer('abc', { fields: ['Trailer', 'X-T'], trailers: trailers('X-T', '1') }),
  'no bytes with trailers': () => answer('', { trailers: trailers('X-T', '1') }),
  'bytes with trailers that may not pass': () => answer('abc', { trailers: trailers('Content-Length', '1') }),
  'bytes with a length, and trailers': () =>
    answer('abc', { fields: ['Trailer', 'X-T', 'Content-Length', '3'], trailers: trailers('X-T', '1') }),
  'a stream': () => ({ ...answer(), body: stream('abc', 'defg') }),
  'a stream that is empty': () => ({ ...answer(), body: stream() }),
  'a stream with a length': () => ({ ...answer('', { fields: ['Content-Length', '7'] }), body: stream('abc', 'defg') }),
  'a stream with trailers': () => ({
    ...answer('', { trailers: trailers('X-T', '1', 'x-t', '2') }),
    body: stream('abc'),
  }),
  'a stream behind 204': () => ({ ...answer('', { status: 204 }), body: stream() }),
  'a stream of 100 KB pieces': () => ({ ...answer(), body: stream('y'.repeat(100_000), 'z'.repeat(100_000)) }),
  'lent pieces': () => ({
    ...answer('', { trailers: trailers('X-T', '1') }),
    body: lent('abc', 'd'.repeat(40_000), 'e'),
  }),
  'lent pieces with a length': () => ({ ...answer('', { fields: ['Content-Length', '4'] }), body: lent('abc', 'd') }),
  'a refusal': () => new OutriggerError('OVERLOADED', 'the queue is "full"'),
  'a refusal for good': () => new OutriggerError('REQUEST_MALFORMED', 'no'),
  'a refusal that names what is allowed': () => new OutriggerError('METHOD_NOT_ALLOWED', 'no'),
  'a fault of ours': () => new TypeError('oops'),
};

const requests: Readonly<Record<string, string>> = {
  GET: 'GET / HTTP/1.1\r\nHost: me\r\n\r\n',
  HEAD: 'HEAD / HTTP/1.1\r\nHost: me\r\n\r\n',
  'GET and close': 'GET / HTTP/1.1\r\nHost: me\r\nConnection: close\r\n\r\n',
};

/** All that comes for the request and one more behind it, up to the end or the mark of the second answer. */
async function receive(port: number, request: string): Promise<string> {
  const client = await rawClient(port);
  client.send(request);
  await client.until((text) => text.includes('\r\n\r\n') || client.ended());
  client.send('GET /mark HTTP/1.1\r\nHost: me\r\n\r\n');
  await client.until((text) => text.endsWith('marked') || client.ended());
  return client.received();
}

it.each(Object.entries(cases))('%s', async (_name, make) => {
  for (const drain of [undefined, { lastAnswers: true }]) {
    const options = {
      ...(drain === undefined ? {} : { drain }),
      config: { keepAliveTimeoutMs: 5999 },
      handler: async ({ path }: { path: string }) => {
        if (path === '/mark') return answer('marked');
        const made = make();
        if (made instanceof Error) throw made;
        return made;
      },
    };
    const [lane, node] = [await openLaneRig(options), await openNodeRig(options)];
    const ask = (port: number) => Promise.all(Object.values(requests).map((request) => receive(port, request)));
    const [ours, expected] = await Promise.all([ask(lane.port), ask(node.port)]);
    expect(ours).toEqual(expected);
    expect(expected).not.toContain('');
    expect(lane.handedOver()).toBe(0);
  }
});
