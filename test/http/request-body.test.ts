// Do diverted chunks miss nothing of what the stream would have told: order, end, size limit, a client that leaves?
import { once } from 'node:events';
import { type ClientRequest, createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { collectBody } from '../../src/batcher/body/collect-body.ts';
import { RequestBody } from '../../src/http/request-body.ts';

const sent = Buffer.from(Array.from({ length: 1_000_000 }, (_, index) => index % 251));
const anyBounds = { contentLength: sent.length, maxBytes: 2_000_000, reserve: () => true };

/** A body of `sent.length` bytes under way. */
async function open(maxBodyBytes: number | null = null): Promise<{ body: RequestBody; upload: ClientRequest }> {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close().closeAllConnections());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const upload = request({ port, method: 'POST', agent: false, headers: { 'Content-Length': sent.length } });
  upload.on('error', () => undefined).flushHeaders();
  const [incoming] = (await once(server, 'request')) as [IncomingMessage];
  return { body: new RequestBody(incoming, { maxBodyBytes, trailers: null }), upload };
}

it('gives every chunk to who takes them, and ends as a stream', async () => {
  const { body, upload } = await open();
  upload.end(sent);
  const taken: Buffer[] = [];
  expect(body.divert((chunk) => void taken.push(chunk))).toBe(true);
  body.resume();
  await once(body, 'end');
  expect(Buffer.concat(taken).equals(sent)).toBe(true);
  expect(body.receivedBytes).toBe(sent.length);
});

it('gives the rest to the stream when nobody takes chunks any more', async () => {
  const { body, upload } = await open();
  upload.end(sent);
  const taken: Buffer[] = [];
  const some = new Promise<void>((resolve) => {
    body.divert((chunk) => {
      taken.push(chunk);
      body.pause();
      body.divert(null);
      resolve();
    });
  });
  body.resume();
  await some;
  expect(Buffer.concat([...taken, await buffer(body)]).equals(sent)).toBe(true);
});

it('does not divert past chunks that are in the stream', async () => {
  const { body, upload } = await open();
  upload.end(sent);
  body.read(0);
  await once(body, 'readable');
  expect(body.divert(() => undefined)).toBe(false);
  expect((await buffer(body)).equals(sent)).toBe(true);
});

it('is collected whole, or as a stream from its first byte when it is too large', async () => {
  const one = await open();
  one.upload.end(sent);
  const collected = await collectBody(one.body, anyBounds);
  expect(collected.kind === 'bytes' && sent.equals(collected.bytes)).toBe(true);
  const other = await open();
  other.upload.end(sent);
  const rest = await collectBody(other.body, { ...anyBounds, contentLength: null, maxBytes: 300_000 });
  if (rest.kind !== 'too_large' || rest.body instanceof Uint8Array) throw new Error('expected a stream');
  expect((await buffer(rest.body)).equals(sent)).toBe(true);
});

it('stops where it was refused, and the rest waits', async () => {
  const { body, upload } = await open();
  upload.end(sent);
  expect(await collectBody(body, { ...anyBounds, reserve: () => false })).toEqual({ kind: 'refused' });
  expect(body.isPaused()).toBe(true);
  expect((await buffer(body)).length).toBeGreaterThan(0);
});

it('fails beyond the size limit, and when the client leaves', async () => {
  const large = await open(500_000);
  large.upload.end(sent);
  await expect(collectBody(large.body, anyBounds)).rejects.toMatchObject({ code: 'REQUEST_BODY_TOO_LARGE' });
  const left = await open();
  left.upload.write(sent.subarray(0, 100_000));
  const collecting = collectBody(left.body, anyBounds);
  left.upload.destroy();
  await expect(collecting).rejects.toMatchObject({ code: 'CLIENT_GONE' });
});
