// Does a store in Google Cloud Storage list what a path means, and ask for its bytes so that they are those that were listed?
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { RemoteStore, StoredObject, StoreRequest } from '../../../../src/storage/object-store.ts';
import { openGcsStore } from '../../../../src/storage/stores/gcs/gcs-store.ts';
import { CertificateFolder } from '../../../support/certificates.ts';
import { GcsServer, type GcsServerOptions, jsonAnswer } from '../../../support/stores/gcs-server.ts';
import { listObjects, storeSettings } from '../../../support/stores/store-settings.ts';

const signal = new AbortController().signal;

async function open(
  server: GcsServer,
  path: string,
  settings: Partial<typeof storeSettings> = {},
): Promise<RemoteStore> {
  const config = { keyFile: null, emulator: server.url };
  return openGcsStore({ bucket: 'models', path, config, ...storeSettings, ...settings });
}

async function started(options: GcsServerOptions = {}): Promise<GcsServer> {
  const server = await GcsServer.start(options);
  server.objects.bucket('models');
  return server;
}

function fetched({ url, headers, range }: StoreRequest): Promise<Response> {
  const extra = range === null ? [] : [['range', `bytes=${range.first}-${range.last}`] as const];
  return fetch(url, { headers: [...headers, ...extra].map(([name, value]) => [name, value]) });
}

describe('a store in Google Cloud Storage', () => {
  it('lists a folder in pages, with size, generation and sums, without its siblings', async () => {
    await using server = await started({ pageRows: 2 });
    const generation = server.objects.put('models', 'a/one', 'hello');
    for (const name of ['a/two', 'a/b/three', 'a/é ü?#%', 'a-2/no', 'ab']) server.objects.put('models', name, name);
    await using store = await open(server, 'a');
    const objects = await listObjects(store);
    expect(objects.map(({ key }) => key).sort()).toEqual(['a/b/three', 'a/one', 'a/two', 'a/é ü?#%']);
    expect(objects.find(({ key }) => key === 'a/one')).toEqual({
      key: 'a/one',
      bytes: 5,
      version: generation,
      checksums: { md5: createHash('md5').update('hello').digest('base64'), crc32c: 'mnG7TA==' },
      partBytes: null,
      ranges: true,
      contentEncoding: null,
    });
    expect(server.asked.filter(({ url }) => url.searchParams.has('prefix'))).toHaveLength(2);
  });

  it('asks for a page only when it is wanted', async () => {
    await using server = await started({ pageRows: 1 });
    for (const name of ['a/1', 'a/2', 'a/3']) server.objects.put('models', name, name);
    await using store = await open(server, 'a/');
    for await (const page of store.list(signal)) {
      expect(page).toHaveLength(1);
      break;
    }
    expect(server.asked).toHaveLength(1);
  });

  it('takes an object of that very name for all there is', async () => {
    await using server = await started();
    for (const name of ['m', 'm/inside']) server.objects.put('models', name, name);
    await using store = await open(server, 'm');
    expect((await listObjects(store)).map(({ key }) => key)).toEqual(['m']);
  });

  it('fetches ranges of the listed generation, and none of a newer one', async () => {
    await using server = await started();
    server.objects.put('models', 'm/a b', 'first bytes');
    await using store = await open(server, 'm');
    const [object] = (await listObjects(store)) as [StoredObject];
    const range = { first: 6, last: 10 };
    const answer = await fetched(await store.rangeRequest(object, range));
    expect([answer.status, await answer.text()]).toEqual([206, 'bytes']);
    server.objects.put('models', 'm/a b', 'other bytes');
    expect((await fetched(await store.rangeRequest(object, range))).status).toBe(404);
    expect(await store.look('m/a b', signal)).toMatchObject({ bytes: 11 });
    expect(await store.look('m/gone', signal)).toBeNull();
  });

  it('gets what is stored compressed as it is stored', async () => {
    await using server = await started();
    const stored = gzipSync('words '.repeat(100));
    server.objects.put('models', 'm/vocab', stored, { contentEncoding: 'gzip', composite: true });
    await using store = await open(server, 'm');
    const [object] = (await listObjects(store)) as [StoredObject];
    expect(object).toMatchObject({ bytes: stored.length, contentEncoding: 'gzip' });
    expect(Object.keys(object.checksums)).toEqual(['crc32c']);
    const request = await store.rangeRequest(object, null);
    expect(request.headers).toContainEqual(['accept-encoding', 'gzip']);
  });

  it('reads the sums of an answer', async () => {
    await using server = await started();
    await using store = await open(server, 'm');
    const object = { ...bare, checksums: {} };
    const headers = new Map([['x-goog-hash', 'crc32c=mnG7TA==, md5=XUFAKrxLKna5cZ2REBfFkg==']]);
    expect(store.readDetails(object, headers).checksums).toEqual({
      crc32c: 'mnG7TA==',
      md5: 'XUFAKrxLKna5cZ2REBfFkg==',
    });
    expect(store.detailsRequest(object)).toBeNull();
  });

  it('lists over a bad moment of the store', async () => {
    let bad = 2;
    await using server = await started({ alter: (answer) => (bad-- > 0 ? jsonAnswer(503, {}) : answer) });
    server.objects.put('models', 'm/a', 'x');
    await using store = await open(server, 'm/');
    expect(await listObjects(store)).toHaveLength(1);
    expect(server.asked).toHaveLength(3);
  });

  it.each([
    ['a bucket that is not there', 'MODEL_NOT_FOUND', 404],
    ['a bucket of somebody else', 'STORE_DENIED', 403],
    ['a store that fails again and again', 'STORE_FAILED', 500],
  ])('names %s and what went wrong', async (_, code, status) => {
    await using server = await started({ alter: () => jsonAnswer(status, { error: 'secret-detail' }) });
    await using store = await open(server, 'm');
    const failure = await listObjects(store).catch((error: Error) => error);
    expect(failure).toMatchObject({ code, message: expect.stringContaining('gs://models') });
    expect(String(failure)).not.toContain('secret-detail');
  });

  it('says that nobody is there', async () => {
    const server = await started();
    await using store = await open(server, 'm');
    await server[Symbol.asyncDispose]();
    await expect(listObjects(store)).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('stops when the pull does', async () => {
    const pull = new AbortController();
    await using server = await started({ alter: () => stopped(pull) });
    await using store = await open(server, 'm');
    await expect(listObjects(store, pull.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('trusts the configured authorities, and nobody else', async () => {
    using folder = new CertificateFolder();
    const authority = folder.authority('stores');
    const tls = folder.signed('gcs', { by: authority, names: 'IP:127.0.0.1' });
    await using server = await started({ tls });
    server.objects.put('models', 'm/a', 'x');
    await using trusting = await open(server, 'm', { tls: { caFiles: [authority.certFile], verify: true } });
    expect(await listObjects(trusting)).toHaveLength(1);
    await using careless = await open(server, 'm', { tls: { caFiles: [], verify: false } });
    expect(await listObjects(careless)).toHaveLength(1);
    await using strict = await open(server, 'm');
    await expect(listObjects(strict)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
  });
});

function stopped(pull: AbortController): null {
  pull.abort();
  return null;
}

const bare: StoredObject = {
  key: 'm',
  bytes: 5,
  version: null,
  checksums: {},
  partBytes: null,
  ranges: true,
  contentEncoding: null,
};
