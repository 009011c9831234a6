import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CertificateFolder } from '../../../support/certificates.ts';
import { s3Object } from '../../../support/stores/s3-answers.ts';
import { S3Server, type S3ServerOptions, testAccount } from '../../../support/stores/s3-server.ts';
import { openTestS3, s3ObjectOf, send } from '../../../support/stores/s3-stores.ts';
import { listObjects } from '../../../support/stores/store-settings.ts';

const signal = new AbortController().signal;
const odd = ['a b+c%20&d', 'ctl\u0001', 'lead/ x ', "q'(*)!?#", 'ü/€', 'a//b', '<&amp;>'];

async function keysOf(path: string, keys: readonly string[], options: S3ServerOptions = {}): Promise<string[]> {
  await using server = await S3Server.start(options);
  for (const key of keys) server.put('models', key, key);
  await using store = await openTestS3({ url: server.url, path });
  return (await listObjects(store)).map(({ key }) => key);
}

describe('the S3 store lists', () => {
  it('what stands below the path, and no sibling', async () => {
    const found = await keysOf('m', ['m-2/a', 'm/a', 'm/b/c', 'ma', 'n/m/a']);
    expect(found).toEqual(['m/a', 'm/b/c']);
  });

  it('the object of exactly that key, and nothing else', async () => {
    expect(await keysOf('m', ['m', 'm/a', 'm-2'])).toEqual(['m']);
  });

  it('a whole bucket, and a path that ends with a slash as the folder it is', async () => {
    expect(await keysOf('', ['b', 'a/x'])).toEqual(['a/x', 'b']);
    expect(await keysOf('a/', ['b', 'a/x'])).toEqual(['a/x']);
  });

  it('nothing where nothing is', async () => {
    expect(await keysOf('m', ['n'])).toEqual([]);
  });

  it('all pages, in order, each object once', async () => {
    const keys = Array.from({ length: 23 }, (_, at) => `m/${String(at).padStart(3, '0')}`);
    expect(await keysOf('m', keys, { pageKeys: 5 })).toEqual(keys);
  });

  it('keys as they are, whatever is in them', async () => {
    expect((await keysOf('', odd)).toSorted()).toEqual(odd.toSorted());
  });

  it('the first page before the second one is there', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const alter: S3ServerOptions['alter'] = ({ query }, answer, response) => {
      if (!query.has('continuation-token')) return answer;
      void promise.then(() => response.writeHead(200, answer.headers).end(answer.body));
      return null;
    };
    await using server = await S3Server.start({ pageKeys: 1, alter });
    for (const key of ['a', 'b']) server.put('models', key, key);
    await using store = await openTestS3({ url: server.url });
    const pages = store.list(signal)[Symbol.asyncIterator]();
    expect((await pages.next()).value).toMatchObject([{ key: 'a' }]);
    resolve();
    expect((await pages.next()).value).toMatchObject([{ key: 'b' }]);
  });

  it('goes on to the folder when it may not look at the path itself', async () => {
    const forbid: S3ServerOptions['alter'] = ({ method }, answer) =>
      method === 'HEAD' ? { ...answer, status: 403 } : answer;
    expect(await keysOf('m', ['m/a'], { alter: forbid })).toEqual(['m/a']);
    await expect(keysOf('m', ['n'], { alter: forbid })).rejects.toMatchObject({ code: 'STORE_DENIED' });
  });

  it('after 503s, which the official client tries again', async () => {
    const failures = [503, 500];
    const alter: S3ServerOptions['alter'] = (_request, answer) => ({
      ...answer,
      status: failures.pop() ?? answer.status,
    });
    expect(await keysOf('', ['a'], { alter })).toEqual(['a']);
  });
});

describe('a signed request of the S3 store', () => {
  it('gets every key, whole and in ranges, from a server that checks signatures', async () => {
    await using server = await S3Server.start();
    for (const key of odd) server.put('models', key, `bytes of ${key}`);
    await using store = await openTestS3({ url: server.url });
    for (const object of await listObjects(store)) {
      const whole = await send(await store.rangeRequest(object, null));
      expect([whole.status, await whole.text()]).toEqual([200, `bytes of ${object.key}`]);
      const range = await send(await store.rangeRequest(object, { first: 1, last: 4 }));
      expect([range.status, await range.text()]).toEqual([206, 'ytes']);
    }
  });

  it('is pinned to the version that was listed', async () => {
    await using server = await S3Server.start();
    server.put('models', 'a', 'one');
    await using store = await openTestS3({ url: server.url });
    const [object] = await listObjects(store);
    server.put('models', 'a', 'two');
    expect((await send(await store.rangeRequest(object!, { first: 0, last: 1 }))).status).toBe(412);
    expect((await send(await store.rangeRequest(object!, null))).status).toBe(412);
    expect((await send((await store.detailsRequest({ ...object!, bytes: 4096 }))!)).status).toBe(412);
  });

  it('is refused with another secret: the server does look', async () => {
    await using server = await S3Server.start();
    server.put('models', 'a', 'one');
    const credentials = { ...testAccount, secretAccessKey: 'another', sessionToken: null };
    await using store = await openTestS3({ url: server.url, config: { credentials } });
    expect((await send(await store.rangeRequest(s3ObjectOf('a'), null))).status).toBe(403);
  });

  it('carries the session token of temporary keys', async () => {
    const account = { ...testAccount, sessionToken: 'token/+=' };
    await using server = await S3Server.start({ accounts: [account] });
    server.put('models', 'a', 'one');
    await using store = await openTestS3({ url: server.url, config: { credentials: account } });
    const [object] = await listObjects(store);
    expect((await send(await store.rangeRequest(object!, null))).status).toBe(200);
  });

  it('bears the time of a server whose clock is an hour ahead', async () => {
    await using server = await S3Server.start({ clockAheadMs: 3_600_000 });
    server.put('models', 'a', 'one');
    await using store = await openTestS3({ url: server.url });
    const [object] = await listObjects(store);
    expect((await send(await store.rangeRequest(object!, null))).status).toBe(200);
  });

  it('is not signed at all where nobody is asked for', async () => {
    await using server = await S3Server.start({ publicBuckets: ['models'] });
    server.put('models', 'a', 'one');
    await using store = await openTestS3({ url: server.url, config: { credentials: null, anonymous: true } });
    const [object] = await listObjects(store);
    const request = await store.rangeRequest(object!, null);
    expect(request.headers.map(([name]) => name)).not.toContain('authorization');
    expect((await send(request)).status).toBe(200);
    expect(server.requests.every(({ account }) => account === null)).toBe(true);
    expect(store.renew(object!)).toBe(false);
  });

  it.each([
    ['models', { region: 'eu-west-1', pathStyle: false }, 'https://models.s3.eu-west-1.amazonaws.com/k/x'],
    ['mo.dels', { pathStyle: false }, 'https://s3.us-east-1.amazonaws.com/mo.dels/k/x'],
    ['models', { pathStyle: false, accelerate: true }, 'https://models.s3-accelerate.amazonaws.com/k/x'],
    ['models', { endpoint: 'http://store:9000/s3/' }, 'http://store:9000/s3/models/k/x'],
    ['models', { endpoint: 'http://store:9000', pathStyle: false }, 'http://models.store:9000/k/x'],
  ])('goes where the official client goes: %s %o', async (bucket, config, url) => {
    await using store = await openTestS3({ url: 'http://unused', bucket, config: { endpoint: null, ...config } });
    expect((await store.rangeRequest(s3ObjectOf('k/x'), null)).url.href).toBe(url);
  });

  it('is never made for a key that a URL would bend into another', async () => {
    await using store = await openTestS3({ url: 'http://store' });
    for (const key of ['a/../b', './a', '../../other/b']) {
      await expect(store.rangeRequest(s3ObjectOf(key), null)).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
    }
  });
});

describe('what S3 says of an object', () => {
  const crc32c = { 'x-amz-checksum-crc32c': 'yZRlqg==', 'x-amz-checksum-type': 'FULL_OBJECT' };

  it('comes with a whole object, and by a HEAD for one that comes in ranges', async () => {
    await using server = await S3Server.start();
    server.put('models', 'a', s3Object(Buffer.alloc(2000), { headers: crc32c }));
    await using store = await openTestS3({ url: server.url });
    const [object] = await listObjects(store);
    expect(object).toMatchObject({ bytes: 2000, ranges: true, contentEncoding: null });
    expect(object?.checksums).toEqual({});
    const details = await send((await store.detailsRequest(object!))!);
    const whole = await send(await store.rangeRequest(object!, null));
    for (const { headers } of [details, whole]) {
      const { checksums } = store.readDetails(object!, new Map(headers));
      expect(checksums).toEqual({ crc32c: 'yZRlqg==', md5: expect.stringMatching(/==$/) });
    }
    expect(store.detailsRequest({ ...object!, bytes: 1024 })).toBe(null);
  });

  it.each([
    ['of parts', '"0123456789abcdef0123456789abcdef-2"', {}],
    ['of an object under a KMS key', undefined, { 'x-amz-server-side-encryption': 'aws:kms' }],
  ])('holds no MD5 in an ETag %s', async (_what, etag, headers) => {
    await using server = await S3Server.start();
    server.put('models', 'a', s3Object(Buffer.alloc(9), { headers, ...(etag !== undefined && { etag }) }));
    await using store = await openTestS3({ url: server.url });
    expect((await store.look('a', signal))?.checksums).toEqual({});
  });

  it('is asked again after a change, and null when it is gone', async () => {
    await using server = await S3Server.start();
    const { etag } = server.put('models', 'a', s3Object(Buffer.from('123456789'), { headers: crc32c }));
    await using store = await openTestS3({ url: server.url });
    expect(await store.look('a', signal)).toMatchObject({ version: etag, bytes: 9, checksums: { crc32c: 'yZRlqg==' } });
    expect(await store.look('b', signal)).toBe(null);
  });
});

describe('over TLS', () => {
  it('an own authority is trusted, an unknown one refused, and any when told so', async () => {
    using folder = new CertificateFolder();
    const authority = folder.authority('ca');
    const { certFile, keyFile } = folder.signed('server', { by: authority, names: 'IP:127.0.0.1' });
    const tls = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
    await using server = await S3Server.start({ tls });
    server.put('models', 'a', 'one');
    const list = async (caFiles: readonly string[], verify: boolean) => {
      await using store = await openTestS3({ url: server.url, config: { tls: { caFiles, verify } } });
      return (await listObjects(store)).length;
    };
    expect(await list([authority.certFile], true)).toBe(1);
    expect(await list([], false)).toBe(1);
    await expect(list([], true)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
  });
});
