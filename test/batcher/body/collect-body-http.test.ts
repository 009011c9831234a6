// Are bodies of real connections collected as they are: trailers, counters of others, streams that end although they broke?
import { once } from 'node:events';
import { createServer as createHttp1, type IncomingMessage, request, type Server } from 'node:http';
import { connect, createServer as createHttp2, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { collectBody } from '../../../src/batcher/body/collect-body.ts';

const anyBounds = { contentLength: null, maxBytes: 1_000_000, reserve: () => true };
const closings: (() => void)[] = [];
afterEach(() => {
  for (const close of closings.splice(0)) close();
});

async function listen(server: Server | ReturnType<typeof createHttp2>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closings.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A stream of a server that a client just opened. */
async function openStream() {
  const server = createHttp2();
  const session = connect(`http://127.0.0.1:${await listen(server)}`).on('error', () => undefined);
  closings.unshift(() => session.destroy());
  const client = session.request({ ':method': 'POST', ':path': '/' }).on('error', () => undefined);
  const [served] = (await once(server, 'stream')) as [ServerHttp2Stream];
  return { served: served.on('error', () => undefined), client, session };
}

function streamOf(collected: Awaited<ReturnType<typeof collectBody>>): Readable {
  if (collected.kind !== 'too_large' || collected.body instanceof Uint8Array) throw new Error('expected a stream');
  return collected.body;
}

test.each([10_000_000, 1_000])(
  'trailers of HTTP/1.1 are there when the body is, with maxBytes %d',
  async (maxBytes) => {
    const server = createHttp1();
    const port = await listen(server);
    const upload = request({ port, method: 'POST', agent: false, headers: { Trailer: 'X-Sum' } });
    upload.on('error', () => undefined);
    upload.write(Buffer.alloc(3_000_000, 1));
    upload.addTrailers({ 'X-Sum': '9' });
    upload.end(Buffer.alloc(100_000, 2));
    const [incoming, answer] = await once(server, 'request');
    const collected = await collectBody(incoming as IncomingMessage, { ...anyBounds, maxBytes });
    const bytes = collected.kind === 'bytes' ? collected.bytes : await buffer(streamOf(collected));
    expect(Buffer.from(bytes).equals(Buffer.concat([Buffer.alloc(3_000_000, 1), Buffer.alloc(100_000, 2)]))).toBe(true);
    expect(incoming.trailers).toEqual({ 'x-sum': '9' });
    answer.end();
  },
);

test('a stream of HTTP/2 that is too large is counted once by whoever counts, and can still be answered', async () => {
  const { served, client } = await openStream();
  let counted = 0;
  served.pause();
  served.on('data', (chunk: Buffer) => {
    counted += chunk.length;
  });
  client.end(Buffer.alloc(500_000, 7));
  const rest = streamOf(await collectBody(served, { ...anyBounds, maxBytes: 100_000 }));
  expect((await buffer(rest)).equals(Buffer.alloc(500_000, 7))).toBe(true);
  expect(counted).toBe(500_000);
  served.respond({ ':status': 200 });
  served.end('fine');
  expect((await buffer(client)).toString()).toBe('fine');
});

test('a stream of HTTP/2 whose connection broke is broken, although node:http2 says that it ended', async () => {
  const { served, client, session } = await openStream();
  client.write('half of it');
  const collecting = collectBody(served, anyBounds);
  await once(served, 'data');
  session.destroy();
  await expect(collecting).rejects.toThrow();
});

test('the same breaks the reader of a body that was too large', async () => {
  const { served, client, session } = await openStream();
  client.write('half of it');
  const rest = streamOf(await collectBody(served, { ...anyBounds, maxBytes: 4 }));
  const read = buffer(rest);
  session.destroy();
  await expect(read).rejects.toThrow();
});
