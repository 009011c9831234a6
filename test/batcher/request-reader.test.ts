import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readRequest } from '../../src/batcher/request-reader.ts';
import { Hold, WaitingRoom } from '../../src/batcher/waiting-room.ts';
import type { Body, ProxyRequest } from '../../src/http/exchange.ts';
import { FlatHeaderBlock } from '../../src/http/header-block.ts';
import { Metrics } from '../../src/metrics.ts';
import { type InferencePath, readInferencePath } from '../../src/v2/infer-path.ts';
import { batcherConfig, proxyRequest, rowsOf } from '../support/members.ts';

const v2 = readInferencePath('/v2/models/m/infer') as InferencePath;
const v1 = readInferencePath('/v1/models/m:predict') as InferencePath;
const json = Buffer.from(rowsOf(2));

function open({ maxWaitingBytes = 2000, maxBodyBytes = 1000 } = {}) {
  const metrics = new Metrics();
  const hold = new Hold(new WaitingRoom({ ...batcherConfig, maxWaitingBytes }, metrics));
  const read = async (body: Body, change: Partial<ProxyRequest> = {}, path = v2) => {
    const request = { ...proxyRequest(Buffer.alloc(0)), contentLength: null, body, ...change };
    return await readRequest(request, { path, hold, maxBodyBytes });
  };
  return { read, hold, held: metrics.batching.waiting.bytes, refused: metrics.batchRefused.bytes };
}

const coded = (coding: string, more: readonly string[] = []) => ({
  headers: new FlatHeaderBlock(['Content-Encoding', coding, ...more]),
});
const streamOf = (...chunks: Buffer[]) => Readable.from(chunks, { objectMode: false });
const rowsRead = (reading: { outcome: unknown }) => (reading.outcome as { request?: { rows: number } }).request?.rows;
const overloaded = { code: 'OVERLOADED' };

describe('a body that is here', () => {
  it('is read at once, and held', () => {
    const metrics = new Metrics();
    const hold = new Hold(new WaitingRoom(batcherConfig, metrics));
    const reading = readRequest(proxyRequest(json), { path: v2, hold, maxBodyBytes: 1000 });
    expect(reading).not.toBeInstanceOf(Promise);
    expect(rowsRead(reading as never)).toBe(2);
    expect(metrics.batching.waiting.bytes.value).toBe(json.length);
  });

  it('is read as its path says', async () => {
    expect(rowsRead(await open().read(Buffer.from('{"instances":[1,2,3]}'), {}, v1))).toBe(3);
    expect((await open().read(Buffer.from('{"instances":[1]}'))).outcome).toBe('unknown_key');
    expect((await open().read(Buffer.from('{"inputs":[1]}'), {}, v1)).outcome).toBe('columnar');
  });

  it('for which there is no room is refused', async () => {
    const { read, refused, held } = open({ maxWaitingBytes: json.length - 1 });
    await expect(read(json)).rejects.toMatchObject(overloaded);
    expect([refused.value, held.value]).toEqual([1, 0]);
  });
});

describe('a body that still comes', () => {
  it('is collected, held, and goes on as bytes of that length', async () => {
    const { read, held } = open();
    const { request, ...reading } = await read(streamOf(json.subarray(0, 10), json.subarray(10)));
    expect(rowsRead(reading)).toBe(2);
    expect(request).toMatchObject({ body: json, contentLength: json.length, trailers: null });
    expect(held.value).toBe(json.length);
  });

  it('is passed on whole when it turns out to be too large', async () => {
    const { read } = open();
    const { request, outcome } = await read(streamOf(json, Buffer.alloc(2000, ' ')));
    expect(outcome).toBe('body_too_large');
    expect((await buffer(request.body as Readable)).equals(Buffer.concat([json, Buffer.alloc(2000, ' ')]))).toBe(true);
  });

  it('is not touched when it says that it is too large, or when its client waits to be asked', async () => {
    for (const change of [{ contentLength: 1001 }, { expectContinue: true }]) {
      const body = new PassThrough();
      const { read, held } = open();
      const { request } = await read(body, change);
      expect(request.body).toBe(body);
      expect([body.readableFlowing, held.value]).toEqual([null, 0]);
    }
  });

  it('is passed on with its trailers, byte for byte', async () => {
    const trailers = { fields: new FlatHeaderBlock(['X', '1']) };
    const { request, outcome } = await open().read(streamOf(json), { trailers });
    expect(outcome).toBe('trailers');
    expect(request.trailers).toBe(trailers);
    expect((await buffer(request.body as Readable)).equals(json)).toBe(true);
  });

  it('is refused where the room ends', async () => {
    const { read, refused } = open({ maxWaitingBytes: 20 });
    await expect(read(streamOf(json.subarray(0, 20), json.subarray(20)))).rejects.toMatchObject(overloaded);
    expect(refused.value).toBe(1);
  });

  it('that breaks off rejects', async () => {
    const body = new PassThrough();
    const reading = open().read(body);
    body.write('{');
    body.destroy(new Error('reset'));
    await expect(reading).rejects.toThrow('reset');
  });
});

describe('a coded body', () => {
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['identity', (bytes: Buffer) => bytes],
  ])('in %s is read, and goes on as it came', async (coding, encode) => {
    const bytes = encode(json);
    const { read, held } = open();
    const { request, ...reading } = await read(bytes, coded(coding));
    expect(rowsRead(reading)).toBe(2);
    expect(request.body).toBe(bytes);
    expect(held.value).toBe(coding === 'identity' ? json.length : bytes.length + json.length);
  });

  it.each([
    ['br', brotliCompressSync(json), 'encoding'],
    ['gzip', Buffer.from('no gzip'), 'encoding'],
    ['gzip', gzipSync(Buffer.alloc(1001)), 'body_too_large'],
  ])('in %s that cannot be read is passed on as it came', async (coding, bytes, reason) => {
    const { request, outcome } = await open().read(bytes, coded(coding));
    expect(outcome).toBe(reason);
    expect(request.body).toBe(bytes);
  });

  it.each([1_000, 3_000_000])('of %d bytes for which there is no room is refused as it grows', async (bytes) => {
    const { read, refused, held, hold } = open({ maxWaitingBytes: bytes - 1, maxBodyBytes: 10_000_000 });
    await expect(read(gzipSync(Buffer.alloc(bytes)), coded('gzip'))).rejects.toMatchObject(overloaded);
    expect(refused.value).toBe(1);
    expect(held.value).toBeLessThan(bytes);
    hold.free();
    expect(held.value).toBe(0);
  });

  it('that grows beyond all bounds is 413', async () => {
    const { read } = open();
    const bomb = gzipSync(Buffer.alloc(257 * 2 ** 20));
    await expect(read(bomb, { ...coded('gzip'), contentLength: 1 })).resolves.toMatchObject({
      outcome: 'body_too_large', // as sent
    });
    const roomy = open({ maxBodyBytes: 1_000_000, maxWaitingBytes: 10_000_000 });
    await expect(roomy.read(bomb, coded('gzip'))).rejects.toMatchObject({ code: 'REQUEST_BODY_TOO_LARGE' });
  });
});
