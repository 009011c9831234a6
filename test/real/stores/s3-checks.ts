// Does the S3 store do with real servers what it does with ours: keys of all shapes, ranges, conditions, checksums, credentials?
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request as requestPlain } from 'node:http';
import { request as requestSecure, Agent as SecureAgent } from 'node:https';
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { S3Config } from '../../../src/config/storage-config.ts';
import type { RemoteStore, StoreRequest } from '../../../src/storage/object-store.ts';
import { openS3Bucket } from '../../../src/storage/stores/s3/s3-bucket.ts';
import { openS3Store } from '../../../src/storage/stores/s3/s3-store.ts';
import { s3Config } from '../../support/stores/s3-stores.ts';
import { listObjects, storeSettings } from '../../support/stores/store-settings.ts';
import type { Verdict } from '../compare.ts';
import { type RealS3, rootKeys } from './minio.ts';

const signal = new AbortController().signal;
const oddKeys = ['odd/ a b+c%20&d', "odd/q'(*)!?#", 'odd/ü/€', 'odd/<&amp;>', 'odd/x/y/z'];

export interface S3Place {
  readonly server: RealS3;
  readonly bucket: string;
  readonly config?: Partial<S3Config>;
  readonly proxy?: string; // for plain HTTP
}

/** How its requests are sent here: without any code of ours. */
export interface Sending {
  readonly port: number;
  readonly ca?: string;
}

function openRealS3({ server, bucket, config, proxy = undefined }: S3Place, path: string): Promise<RemoteStore> {
  const whole = s3Config({ endpoint: server.url, credentials: rootKeys, ...config });
  const proxies = { ...storeSettings.proxy, http: proxy ?? null };
  return openS3Store({ ...storeSettings, proxy: proxies, bucket, path, config: whole });
}

async function bytesOf(request: StoreRequest, { port, ca }: Sending): Promise<{ status: number; body: Buffer }> {
  const { method, url, headers, range } = request;
  const fields: Record<string, string> = { ...Object.fromEntries(headers), host: url.host };
  if (range !== null) fields.range = `bytes=${range.first}-${range.last}`;
  const target = { host: '127.0.0.1', port, method, path: url.pathname + url.search, headers: fields, agent: false };
  const call =
    url.protocol === 'https:' ? requestSecure({ ...target, ...(ca !== undefined && { ca }) }) : requestPlain(target);
  const [response] = await once(call.end(), 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, body: Buffer.concat(chunks) };
}

/** A bucket of its own, with the keys of `oddKeys` and one object of 5,000 bytes. */
export async function fillBucket({ server, bucket, config }: S3Place, { ca }: Sending): Promise<void> {
  await rootClient(server, ca).send(new CreateBucketCommand({ Bucket: bucket }));
  const whole = s3Config({ endpoint: server.url, credentials: rootKeys, ...config });
  await using store = await openS3Bucket({ ...storeSettings, bucket, config: whole });
  const put = (key: string, body: Buffer) =>
    store.put({ key, body, contentType: 'application/octet-stream', ifAbsent: false }, signal);
  for (const key of oddKeys) await put(key, Buffer.from(`bytes of ${key}`));
  await put('large', Buffer.alloc(5000, 'large'));
  await put('changing', Buffer.from('before'));
}

export async function letEverybodyRead({ server, bucket }: S3Place): Promise<void> {
  const statement = (Action: string, Resource: string) => ({ Effect: 'Allow', Principal: '*', Action, Resource });
  const allowed = [
    ['s3:ListBucket', `arn:aws:s3:::${bucket}`],
    ['s3:GetObject', `arn:aws:s3:::${bucket}/*`],
  ] as const;
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: allowed.map(([action, on]) => statement(action, on)),
  });
  await rootClient(server).send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
}

function rootClient({ url }: RealS3, ca?: string): S3Client {
  const { accessKeyId, secretAccessKey } = rootKeys;
  const settings: S3ClientConfig = { endpoint: url, region: 'us-east-1', forcePathStyle: true };
  const requestHandler = { httpsAgent: new SecureAgent(ca === undefined ? {} : { ca }) };
  return new S3Client({ ...settings, requestHandler, credentials: { accessKeyId, secretAccessKey } });
}

/** What has to hold at every server, however it is reached. */
export async function checkPlace(name: string, place: S3Place, sending: Sending): Promise<Verdict[]> {
  const check = (what: string, claim: () => Promise<void>) => verdictOf(`${name}: ${what}`, claim);
  return [
    await check('keys of odd shapes are listed and fetched, whole and in ranges', async () => {
      await using store = await openRealS3(place, 'odd');
      const objects = await listObjects(store);
      same(objects.map(({ key }) => key).toSorted(), oddKeys.toSorted());
      for (const object of objects) {
        const whole = await bytesOf(await store.rangeRequest(object, null), sending);
        same([whole.status, whole.body.toString()], [200, `bytes of ${object.key}`]);
        const range = await bytesOf(await store.rangeRequest(object, { first: 1, last: 4 }), sending);
        same([range.status, range.body.toString()], [206, 'ytes']);
      }
    }),
    await check('an object is found by its own key, with a checksum in its details', async () => {
      await using store = await openRealS3(place, 'large');
      const [object, ...others] = await listObjects(store);
      same([object?.key, object?.bytes, others.length], ['large', 5000, 0]);
      const md5 = createHash('md5').update(Buffer.alloc(5000, 'large')).digest('base64');
      same(object?.checksums.md5, md5);
      const details = await bytesOf((await store.detailsRequest(object!)) as StoreRequest, sending);
      same(details.status, 200);
    }),
    await check('nothing there is an empty list', async () => {
      await using store = await openRealS3(place, 'od');
      same(await listObjects(store), []);
    }),
  ];
}

/** What needs a right to write, or other keys. */
export async function checkRefusals(name: string, place: S3Place, sending: Sending): Promise<Verdict[]> {
  const codeWith = (config: Partial<S3Config>, bucket = place.bucket) => codeOf({ ...place, bucket, config });
  const check = (what: string, claim: () => Promise<void>) => verdictOf(`${name}: ${what}`, claim);
  return [
    await check('an object that changed is refused', async () => {
      await using store = await openRealS3(place, 'changing');
      const [object] = await listObjects(store);
      const whole = s3Config({ endpoint: place.server.url, credentials: rootKeys });
      await using bucket = await openS3Bucket({ ...storeSettings, bucket: place.bucket, config: whole });
      await bucket.put(
        { key: 'changing', body: Buffer.from('after'), contentType: 'text/plain', ifAbsent: false },
        signal,
      );
      same((await bytesOf(await store.rangeRequest(object!, { first: 0, last: 1 }), sending)).status, 412);
      same((await store.look('changing', signal))?.bytes, 5);
    }),
    await check('refusals have the right code', async () => {
      same(await codeWith({ credentials: { ...rootKeys, secretAccessKey: 'another' } }), 'STORE_DENIED');
      same(await codeWith({ credentials: { ...rootKeys, accessKeyId: 'nobody' } }), 'STORE_DENIED');
      same(await codeWith({ credentials: { ...rootKeys, sessionToken: 'bogus' } }), 'STORE_DENIED');
      same(await codeWith({ credentials: null, anonymous: true }), 'STORE_DENIED');
      same(await codeWith({}, 'no-such-bucket'), 'MODEL_NOT_FOUND');
    }),
    await check('the region is learnt', async () => same(await codeWith({ region: 'eu-west-1' }), 'none')),
  ];
}

export async function codeOf(place: S3Place): Promise<string> {
  await using store = await openRealS3(place, 'odd');
  return listObjects(store).then(
    () => 'none',
    (error: { code?: string }) => error.code ?? String(error),
  );
}

export function same(found: unknown, wanted: unknown): void {
  const [seen, expected] = [found, wanted].map((value) => JSON.stringify(value));
  if (seen !== expected) throw new Error(`expected ${expected}, found ${seen}`);
}

export async function verdictOf(name: string, claim: () => Promise<void>): Promise<Verdict> {
  try {
    await claim();
    return { name, difference: null };
  } catch (error) {
    return { name, difference: (error as Error).message };
  }
}
