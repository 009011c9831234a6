// The official client of a store used in the plain way: list, then get object after object, 16 at once, streamed to files.
// `node plain-sdk.ts s3|gcs|azure ENDPOINT BUCKET PREFIX FOLDER`
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const [kind = '', endpoint = '', bucket = '', prefix = '', folder = ''] = process.argv.slice(2);
const atOnce = 16;

interface Plain {
  list(): AsyncIterable<string>;
  get(key: string, file: string): Promise<unknown>;
}

async function openS3(): Promise<Plain> {
  const { GetObjectCommand, paginateListObjectsV2, S3Client } = await import('@aws-sdk/client-s3');
  const credentials = { accessKeyId: 'minioadmin', secretAccessKey: 'minioadmin' };
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  return {
    async *list() {
      for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
        for (const { Key } of page.Contents ?? []) yield Key as string;
      }
    },
    async get(key, file) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      await pipeline(Body as Readable, createWriteStream(file));
    },
  };
}

async function openGcs(): Promise<Plain> {
  delete process.env.STORAGE_EMULATOR_HOST; // for outrigger; the SDK would leave the API's own path out
  const { Storage } = await import('@google-cloud/storage');
  const store = new Storage({ apiEndpoint: endpoint, projectId: 'bench' }).bucket(bucket);
  return {
    async *list() {
      for await (const file of store.getFilesStream({ prefix })) yield file.name as string;
    },
    get: (key, file) => store.file(key).download({ destination: file }),
  };
}

async function openAzure(): Promise<Plain> {
  const { BlobServiceClient, StorageSharedKeyCredential } = await import('@azure/storage-blob');
  const credential = new StorageSharedKeyCredential('devstoreaccount1', process.env.AZURE_STORAGE_ACCESS_KEY as string);
  const container = new BlobServiceClient(endpoint, credential).getContainerClient(bucket);
  return {
    async *list() {
      for await (const { name } of container.listBlobsFlat({ prefix })) yield name;
    },
    get: (key, file) => container.getBlobClient(key).downloadToFile(file),
  };
}

const stores: Readonly<Record<string, () => Promise<Plain>>> = { s3: openS3, gcs: openGcs, azure: openAzure };
const store = await stores[kind]!();
const underWay = new Set<Promise<unknown>>();
for await (const key of store.list()) {
  const file = join(folder, key);
  mkdirSync(dirname(file), { recursive: true });
  const got = store.get(key, file);
  underWay.add(got);
  void got.then(() => underWay.delete(got));
  if (underWay.size >= atOnce) await Promise.race(underWay);
}
await Promise.all(underWay);
