// Real stores with the same models in them: one large object, many small ones. From the cache of scripts/install-runtimes.sh.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Rig } from '../rig.ts';

export interface RealStore {
  readonly port: number;
  /** As outrigger and as the plain client of the store name the models and get in. */
  readonly uri: (model: string) => string;
  readonly env: Readonly<Record<string, string>>;
  readonly sdk: readonly [kind: string, endpoint: string, bucket: string];
}

export interface Models {
  readonly largeBytes: number;
  readonly smalls: number;
  readonly smallBytes: number;
}

export const bucket = 'models';
const cache = process.env.OUTRIGGER_TEST_CACHE ?? join(homedir(), '.cache/outrigger-test');

/** @throws Error that names what is not installed */
export function storeProgram(name: string): string {
  const file = join(cache, 'stores/bin', name);
  if (existsSync(file)) return file;
  throw new Error(`${name} is not installed: run scripts/install-runtimes.sh --full`);
}

type Put = (key: string, body: Buffer) => Promise<unknown>;

async function fill(put: Put, { largeBytes, smalls, smallBytes }: Models): Promise<void> {
  const block = randomBytes(Math.min(largeBytes, 2 ** 26));
  await put('large/model.bin', Buffer.concat(Array<Buffer>(largeBytes / block.length).fill(block)));
  for (let first = 0; first < smalls; first += 20) {
    const some = Array.from({ length: Math.min(20, smalls - first) }, (_, nth) => first + nth);
    await Promise.all(some.map((nth) => put(`small/${nth % 7}/${nth}.bin`, randomBytes(smallBytes))));
  }
}

export async function startMinio(rig: Rig, models: Models): Promise<RealStore> {
  const keys = { AWS_ACCESS_KEY_ID: 'minioadmin', AWS_SECRET_ACCESS_KEY: 'minioadmin' };
  const settings = [
    'MINIO_ROOT_USER=minioadmin',
    'MINIO_ROOT_PASSWORD=minioadmin',
    'MINIO_BROWSER=off',
    'MINIO_UPDATE=off',
  ];
  const minio = storeProgram('minio');
  const { port } = await rig.start({
    core: 'any',
    command: ({ port, folder }) => {
      const data = join('/dev/shm', folder.replaceAll('/', '-'));
      mkdirSync(data, { recursive: true });
      return ['env', ...settings, minio, 'server', '--quiet', '--address', `127.0.0.1:${port}`, data];
    },
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const { CreateBucketCommand, PutBucketPolicyCommand, PutObjectCommand, S3Client } = await import(
    '@aws-sdk/client-s3'
  );
  const credentials = { accessKeyId: 'minioadmin', secretAccessKey: 'minioadmin' };
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  // aria2 and curl sign nothing.
  const statement = {
    Effect: 'Allow',
    Principal: '*',
    Action: ['s3:GetObject'],
    Resource: [`arn:aws:s3:::${bucket}/*`],
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
  await fill((Key, Body) => client.send(new PutObjectCommand({ Bucket: bucket, Key, Body })), models);
  client.destroy();
  const env = { ...keys, AWS_ENDPOINT_URL: endpoint, AWS_REGION: 'us-east-1' };
  return { port, uri: (model) => `s3://${bucket}/${model}`, env, sdk: ['s3', endpoint, bucket] };
}

export async function startFakeGcs(rig: Rig, models: Models): Promise<RealStore> {
  const program = storeProgram('fake-gcs-server');
  const { port } = await rig.start({
    core: 'any',
    command: ({ port }) => {
      const address = ['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port)];
      const self = ['-public-host', `127.0.0.1:${port}`, '-external-url', `http://127.0.0.1:${port}`];
      return [program, ...address, '-backend', 'memory', ...self];
    },
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await fetch(`${endpoint}/storage/v1/b?project=bench`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: bucket }),
  });
  await fill((key, body) => {
    const url = `${endpoint}/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${encodeURIComponent(key)}`;
    return fetch(url, { method: 'POST', body: new Uint8Array(body) });
  }, models);
  const env = { STORAGE_EMULATOR_HOST: endpoint };
  return { port, uri: (model) => `gs://${bucket}/${model}`, env, sdk: ['gcs', endpoint, bucket] };
}

/** Azurite's public account: the same in every copy of it. */
const azuriteAccount = 'devstoreaccount1';
const azuriteKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

export async function startAzurite(rig: Rig, models: Models): Promise<RealStore> {
  const flags = ['--inMemoryPersistence', '--disableTelemetry', '--skipApiVersionCheck', '--silent'];
  const { port } = await rig.start({
    core: 'any',
    command: ({ port }) => {
      const program = join(import.meta.dirname, '../../node_modules/azurite/dist/src/blob/main.js');
      return [process.execPath, program, '--blobHost', '127.0.0.1', '--blobPort', String(port), ...flags];
    },
  });
  const endpoint = `http://127.0.0.1:${port}/${azuriteAccount}`;
  const { BlobServiceClient, StorageSharedKeyCredential } = await import('@azure/storage-blob');
  const service = new BlobServiceClient(endpoint, new StorageSharedKeyCredential(azuriteAccount, azuriteKey));
  const container = service.getContainerClient(bucket);
  await container.create();
  await fill((key, body) => container.getBlockBlobClient(key).uploadData(body), models);
  const env = { AZURE_STORAGE_ACCESS_KEY: azuriteKey, AZURE_SERVICE_URL: endpoint };
  const uri = (model: string) => `https://${azuriteAccount}.blob.core.windows.net/${bucket}/${model}`;
  return { port, uri, env, sdk: ['azure', endpoint, bucket] };
}
