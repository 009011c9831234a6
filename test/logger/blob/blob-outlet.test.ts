// Does one attempt end as it should, at each kind of store and with a marshaller of somebody else?

import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { describe, expect, it } from 'vitest';
import type { BlobConfig } from '../../../src/config/slices.ts';
import type { StorageConfig } from '../../../src/config/storage-config.ts';
import { readStorageEnvironment } from '../../../src/config/storage-environment.ts';
import { BlobOutlet } from '../../../src/logger/blob/blob-outlet.ts';
import { packEvents, unpackEvents } from '../../../src/logger/blob/kept-event.ts';
import { s3Environment, startBucket } from '../../conformance/logging/store-logging.ts';
import { freePort } from '../../support/free-ports.ts';
import { logEvent } from '../../support/log-events.ts';
import { serve } from '../../support/runtimes/probed.ts';
import { Azurite, azuriteAccount, azuriteKey, noAzureCredentials } from '../../support/stores/azurite.ts';
import { GcsServer, jsonAnswer } from '../../support/stores/gcs-server.ts';
import { S3Server } from '../../support/stores/s3-server.ts';

const events = unpackEvents(packEvents([logEvent()]));
const stored = { kind: 'answered', status: 200 };

interface Settings {
  readonly storage?: Partial<StorageConfig>;
  readonly blob?: Partial<BlobConfig>;
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

function outletTo(url: string, { storage = {}, blob = {}, timeoutMs = 5_000, env = {} }: Settings): BlobOutlet {
  const config: BlobConfig = {
    format: 'json',
    storePath: '',
    batchEvents: 1,
    batchBytes: 1000,
    lingerMs: null,
    marshallerUrl: null,
    certName: '',
    tlsSkipVerify: false,
    storage: { ...readStorageEnvironment(env).config, ...storage },
    ...blob,
  };
  return new BlobOutlet(url, { config, timeoutMs });
}

describe('an attempt at Google Cloud Storage', () => {
  it('keeps the object, and another one of the same name beside it', async () => {
    await using server = await GcsServer.start();
    const bucket = server.objects.bucket('logs');
    const outlet = outletTo('gs://logs/a b', { storage: { gcs: { keyFile: null, emulator: server.url } } });
    expect(await outlet.deliver(events)).toMatchObject(stored);
    const other = unpackEvents(packEvents([logEvent({ data: [Buffer.from('other')] })]));
    expect(await outlet.deliver(other)).toMatchObject(stored);
    expect(await outlet.deliver(other)).toMatchObject(stored);
    expect([...bucket.keys()]).toEqual([
      'a b/e-1-request.json',
      expect.stringMatching(/^a b\/e-1-request-\w{12}\.json$/),
    ]);
  });

  it('fails with words that help while there is no bucket, or nobody is there', async () => {
    await using server = await GcsServer.start();
    const outlet = outletTo('gs://logs', { storage: { gcs: { keyFile: null, emulator: server.url } } });
    expect(await outlet.deliver(events)).toMatchObject({
      kind: 'failed',
      code: 'store',
      message: expect.stringContaining('404'),
    });
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const lost = outletTo('gs://logs', { storage: { gcs: { keyFile: null, emulator: nobody } } });
    expect(await lost.deliver(events)).toMatchObject({ kind: 'failed', code: 'store' });
  });

  it('never is when the object is too large for the store', async () => {
    await using server = await GcsServer.start({ alter: () => jsonAnswer(413, {}) });
    const outlet = outletTo('gs://logs', { storage: { gcs: { keyFile: null, emulator: server.url } } });
    expect(await outlet.deliver(events)).toMatchObject({ kind: 'unfit' });
  });
});

it('an attempt at Azure keeps the object, by both forms of URL, with the container but no signature in the record', async () => {
  await using azurite = await Azurite.start();
  const azure = { ...noAzureCredentials, serviceUrl: azurite.url, accountKey: azuriteKey };

  const key = new StorageSharedKeyCredential(azuriteAccount, azuriteKey);
  const container = new ContainerClient(`${azurite.url}/logs`, key);
  await container.create();
  const host = `${azuriteAccount}.blob.core.windows.net`;
  for (const url of [`https://${host}/logs/p`, `abfss://logs@${host.replace('blob', 'dfs')}/p`]) {
    expect(await outletTo(url, { storage: { azure } }).deliver(events)).toMatchObject(stored);
  }
  const names: string[] = [];
  for await (const { name } of container.listBlobsFlat()) names.push(name);
  expect(names.toSorted()).toEqual([expect.stringMatching(/^p\/e-1-request-\w{12}\.json$/), 'p/e-1-request.json']);
  const again = await container.getBlobClient(names.find((name) => name !== 'p/e-1-request.json')!).downloadToBuffer();
  expect(JSON.parse(again.toString()).url).toMatchObject({ Scheme: 'abfss', Path: '/p', User: {} });
  const plain = await container.getBlobClient('p/e-1-request.json').downloadToBuffer();
  expect(JSON.parse(plain.toString()).url).toMatchObject({ Host: host, Path: '/logs/p', User: null });
});

it('a record shows nothing of a signature in the URL', async () => {
  const seen: string[] = [];
  const { port } = await serve(
    createServer((request, response) => {
      request.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
      request.on('end', () => response.writeHead(500).end());
    }),
  );
  const url = `https://${azuriteAccount}.blob.core.windows.net/logs/p?sv=1&sig=secret`;
  const marshallerUrl = `http://127.0.0.1:${port}/`;
  const attempt = await outletTo(url, { blob: { marshallerUrl } }).deliver(events);
  expect(attempt).toEqual({ kind: 'failed', code: 'marshaller', message: 'answered 500' });
  expect(seen.join('')).toContain('"Path":"/logs/p"');
  expect(seen.join('')).not.toMatch(/secret|sig=/);
});

describe('a marshaller', () => {
  async function marshalled(answer: RequestListener, timeoutMs?: number) {
    const asked: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
    const { port } = await serve(
      createServer(async (request, response) => {
        asked.push({ headers: request.headers, body: Buffer.concat(await request.toArray()).toString() });
        answer(request, response);
      }),
    );
    const server = await startBucket();
    const blob = { marshallerUrl: `http://u:p%20w@127.0.0.1:${port}/marshal` };
    const settings = { blob, env: s3Environment(server), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
    const attempt = await outletTo('s3://logs', settings).deliver(events);
    return { attempt, asked, objects: server.bucket('logs') };
  }

  it('gets a list of records, and what it answers is the object', async () => {
    const { attempt, asked, objects } = await marshalled((_, response) => {
      response.writeHead(201, { 'X-Log-Marshal-Extension': 'AVRO.gz', 'content-type': 'avro/binary' }).end('bytes');
    });
    expect(attempt).toMatchObject(stored);
    expect(asked[0]!.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from('u:p w').toString('base64')}`,
    });
    expect(JSON.parse(asked[0]!.body)).toMatchObject([{ id: 'e-1' }]);
    const [[key, object] = []] = objects;
    expect([key, object?.body.toString()]).toEqual(['e-1-request.avro.gz', 'bytes']);
    expect(object?.headers).toEqual({ 'content-type': 'avro/binary' });
  });

  it.each([undefined, '', '../x', 'a/b', 'x'.repeat(17), 'a b'])('says no extension: %j', async (extension) => {
    const { objects } = await marshalled((_, response) => {
      response.writeHead(200, extension === undefined ? {} : { 'X-Log-Marshal-Extension': extension }).end('{}');
    });
    expect([...objects.keys()]).toEqual(['e-1-request.json']);
  });

  it.each([500, 404, 302])('that answers %i has failed', async (status) => {
    const { attempt, objects } = await marshalled((_, response) => {
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end();
    });
    expect(attempt).toEqual({ kind: 'failed', code: 'marshaller', message: `answered ${status}` });
    expect(objects.size).toBe(0);
  });

  it.each([400, 413, 415, 422])('that answers %i will never take these records', async (status) => {
    const { attempt, objects } = await marshalled((_, response) => response.writeHead(status).end());
    expect(attempt).toEqual({ kind: 'unfit', message: `the marshaller answered ${status}` });
    expect(objects.size).toBe(0);
  });

  it('that does not answer has failed when the time of an attempt is over', async () => {
    const { attempt } = await marshalled(() => undefined, 50);
    expect(attempt).toMatchObject({ kind: 'failed', message: expect.stringContaining('50 ms') });
  });
});

it('a client that cannot be opened is opened anew by the next attempt', async () => {
  await using server = await S3Server.start();
  server.bucket('logs');
  const tls = { caFiles: ['/no/such/file'], verify: true };
  const { s3 } = readStorageEnvironment(s3Environment(server)).config;
  const outlet = outletTo('s3://logs', { storage: { tls, s3: { ...s3, tls } } });
  for (let attempt = 0; attempt < 2; attempt++) {
    expect(await outlet.deliver(events)).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('/no/such/file'),
    });
  }
});
