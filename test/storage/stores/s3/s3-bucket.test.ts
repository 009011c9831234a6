import { describe, expect, it } from 'vitest';
import type { S3Config } from '../../../../src/config/storage-config.ts';
import { PutFailure, type WritableStore } from '../../../../src/storage/object-store.ts';
import { openS3Bucket } from '../../../../src/storage/stores/s3/s3-bucket.ts';
import { errorAnswer } from '../../../support/stores/s3-answers.ts';
import { S3Server, type S3ServerOptions, testAccount } from '../../../support/stores/s3-server.ts';
import { s3Config } from '../../../support/stores/s3-stores.ts';
import { storeSettings } from '../../../support/stores/store-settings.ts';

const signal = new AbortController().signal;
const body = Buffer.from('{"a":1}');
const object = { key: 'logs/a b+c.json', body, contentType: 'application/json', ifAbsent: false };

function openBucket(server: S3Server, config: Partial<S3Config> = {}): Promise<WritableStore> {
  return openS3Bucket({ ...storeSettings, bucket: 'logs', config: s3Config({ endpoint: server.url, ...config }) });
}

async function failureWith(options: S3ServerOptions, config: Partial<S3Config> = {}): Promise<PutFailure> {
  await using server = await S3Server.start(options);
  server.bucket('logs');
  await using bucket = await openBucket(server, config);
  const failure = await bucket.put(object, signal).catch((error: unknown) => error);
  expect(server.requests).toHaveLength(1);
  expect(failure).toBeInstanceOf(PutFailure);
  return failure as PutFailure;
}

describe('a put', () => {
  it('stores the bytes under the key, with the type', async () => {
    await using server = await S3Server.start();
    server.bucket('logs');
    await using bucket = await openBucket(server);
    await bucket.put(object, signal);
    const stored = server.bucket('logs').get(object.key);
    expect(stored?.body.toString()).toBe('{"a":1}');
    expect(stored?.headers).toEqual({ 'content-type': 'application/json' });
  });

  it('of nothing is an empty object', async () => {
    await using server = await S3Server.start();
    server.bucket('logs');
    await using bucket = await openBucket(server);
    await bucket.put({ ...object, body: Buffer.alloc(0) }, signal);
    expect(server.bucket('logs').get(object.key)?.body.length).toBe(0);
  });

  it('where nothing may be leaves what is there as it is', async () => {
    await using server = await S3Server.start();
    server.bucket('logs');
    await using bucket = await openBucket(server);
    const careful = { ...object, ifAbsent: true };
    expect(await bucket.put(careful, signal)).toBe('stored');
    expect(await bucket.put({ ...careful, body: Buffer.from('other') }, signal)).toBe('exists');
    expect(server.bucket('logs').get(object.key)?.body.toString()).toBe('{"a":1}');
    expect(await bucket.put({ ...object, body: Buffer.from('other') }, signal)).toBe('stored');
    expect(server.bucket('logs').get(object.key)?.body.toString()).toBe('other');
  });

  it('where nothing may be replaces nothing in a store that heeds no condition: it is asked once, and then not trusted', async () => {
    const heedless: S3ServerOptions['alter'] = ({ key, body: bytes }, answer) => {
      if (answer.status !== 412) return answer;
      server.put('logs', key, bytes);
      return { ...answer, status: 200, body: Buffer.alloc(0) };
    };
    await using server = await S3Server.start({ alter: heedless });
    server.bucket('logs');
    await using bucket = await openBucket(server);
    const careful = { ...object, ifAbsent: true };
    const other = { ...careful, body: Buffer.from('other') };
    const outcomes = await Promise.allSettled([bucket.put(careful, signal), bucket.put(other, signal)]);
    expect(outcomes[0]).toMatchObject({ status: 'fulfilled', value: 'stored' });
    expect(outcomes[1]).toMatchObject({ status: 'rejected', reason: { name: 'PutFailure', status: 501 } });
    expect(server.bucket('logs').get(object.key)?.body.toString()).toBe('{"a":1}');
    expect(server.requests).toHaveLength(2);
  });

  it.each([501, 409])('where nothing may be, answered %i, fails with it', async (status) => {
    await using server = await S3Server.start({ alter: () => errorAnswer(status, 'Some') });
    await using bucket = await openBucket(server);
    await expect(bucket.put({ ...object, ifAbsent: true }, signal)).rejects.toMatchObject({ status });
  });

  it('carries a checksum, so that a broken body is refused by the store', async () => {
    await using server = await S3Server.start();
    server.bucket('logs');
    await using bucket = await openBucket(server);
    await bucket.put(object, signal);
    expect(server.requests[0]?.headers.get('content-md5')).toMatch(/^[\w+/]{22}==$/);
  });

  it.each([
    [503, 'SlowDown'],
    [500, 'InternalError'],
    [403, 'AccessDenied'],
    [400, 'BadDigest'],
  ])('that is answered %i is tried once and fails with it', async (status, code) => {
    expect(await failureWith({ alter: () => errorAnswer(status, code) })).toMatchObject({ status });
  });

  it('without an answer fails without a status', async () => {
    const hangUp: S3ServerOptions['alter'] = (_request, _answer, response) => {
      response.destroy();
      return null;
    };
    expect(await failureWith({ alter: hangUp })).toMatchObject({ status: null });
  });

  it('that is aborted fails without a status', async () => {
    const caller = new AbortController();
    const abort: S3ServerOptions['alter'] = () => {
      caller.abort();
      return null;
    };
    await using server = await S3Server.start({ alter: abort });
    await using bucket = await openBucket(server);
    await expect(bucket.put(object, caller.signal)).rejects.toMatchObject({ name: 'PutFailure', status: null });
  });

  it('never shows the keys it was signed with', async () => {
    const { message } = await failureWith({ accounts: [{ ...testAccount, secretAccessKey: 'another' }] });
    expect(message).not.toContain(testAccount.accessKeyId);
    expect(message).toContain('s3://logs/logs/a b+c.json');
  });

  it('finds a bucket of another region', async () => {
    await using server = await S3Server.start({ region: 'eu-north-1' });
    server.bucket('logs');
    await using bucket = await openBucket(server, { region: null });
    await bucket.put(object, signal);
    expect(server.bucket('logs').has(object.key)).toBe(true);
  });
});
