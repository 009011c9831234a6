// Models in a real S3, put by the official client alone: all sizes, multipart with every kind of checksum, versions, many keys.
import { Agent } from 'node:https';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { Files } from './pulled.ts';

const partBytes = 5 * 2 ** 20; // the least that S3 takes
export const manyKeys = 2500;

type Kind = Pick<CreateMultipartUploadCommandInput, 'ChecksumAlgorithm' | 'ChecksumType'>;

const kinds: readonly Required<Kind>[] = [
  { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' },
  { ChecksumAlgorithm: 'CRC32', ChecksumType: 'COMPOSITE' },
  { ChecksumAlgorithm: 'CRC32C', ChecksumType: 'FULL_OBJECT' },
  { ChecksumAlgorithm: 'CRC32C', ChecksumType: 'COMPOSITE' },
  { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'FULL_OBJECT' },
  { ChecksumAlgorithm: 'SHA1', ChecksumType: 'COMPOSITE' },
  { ChecksumAlgorithm: 'SHA256', ChecksumType: 'COMPOSITE' },
];

const oddPaths = [
  ' a b+c%20&d',
  "q'(*)!?#",
  'ü/€',
  '<&amp;>',
  'x/y/z',
  '~tilde/=;:@$,',
  '日本語/モデル.bin',
  '😀',
  '.hidden',
  '-dash',
  'SUCCESS.txt',
];

/** Bytes that repeat nowhere near a part, and differ by name. */
export function bytesFor(name: string, bytes: number): Buffer {
  const content = Buffer.alloc(bytes);
  let state = [...name].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, 7) | 1;
  for (let at = 0; at + 4 <= bytes; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    content.writeInt32LE(state, at);
  }
  return content;
}

export function s3Client(url: string, ca?: string): S3Client {
  return new S3Client({
    endpoint: url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'minioadmin', secretAccessKey: 'minioadmin' },
    requestHandler: { httpsAgent: new Agent(ca === undefined ? {} : { ca }) },
  });
}

/** All of it below `prefix`. Resolves with what was put, by path. */
export async function putFiles(client: S3Client, prefix: string, files: Files): Promise<Files> {
  const entries = Object.entries(files);
  for (let at = 0; at < entries.length; at += 50) {
    await Promise.all(
      entries
        .slice(at, at + 50)
        .map(([path, Body]) => client.send(new PutObjectCommand({ Bucket: 'models', Key: `${prefix}/${path}`, Body }))),
    );
  }
  return files;
}

export async function makeBucket(client: S3Client): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket: 'models' }));
}

/** Around the size of a range, an empty one among them. */
export function sizedFiles(): Files {
  const sizes = [0, 1, 1000, 8 * 2 ** 20 - 1, 8 * 2 ** 20, 8 * 2 ** 20 + 1, 20_000_000];
  return Object.fromEntries(sizes.map((bytes) => [`sizes/${bytes}`, bytesFor(`sized ${bytes}`, bytes)]));
}

export function oddFiles(): Files {
  return Object.fromEntries(oddPaths.map((path) => [path, Buffer.from(`bytes of ${path}`)]));
}

export function manyFiles(): Files {
  const paths = Array.from({ length: manyKeys }, (_, nth) => `part${nth % 7}/${nth}`);
  return Object.fromEntries(paths.map((path) => [path, Buffer.from(path)]));
}

export async function putMultipart(client: S3Client, prefix: string): Promise<Files> {
  const files: Record<string, Buffer> = {};
  for (const kind of kinds) {
    const path = `${kind.ChecksumAlgorithm}-${kind.ChecksumType}`;
    const body = bytesFor(path, 2 * partBytes + 1234);
    await putInParts(client, { key: `${prefix}/${path}`, body, kind });
    files[path] = body;
  }
  return files;
}

async function putInParts(client: S3Client, it: { readonly key: string; readonly body: Buffer; readonly kind: Kind }) {
  const place = { Bucket: 'models', Key: it.key };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...place, ...it.kind }));
  const Parts = [];
  for (let at = 0; at < it.body.length; at += partBytes) {
    const PartNumber = at / partBytes + 1;
    const Body = it.body.subarray(at, at + partBytes);
    const { ChecksumAlgorithm } = it.kind;
    const sent = await client.send(
      new UploadPartCommand({ ...place, UploadId, PartNumber, Body, ...(ChecksumAlgorithm && { ChecksumAlgorithm }) }),
    );
    const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 } = sent;
    Parts.push({ PartNumber, ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 });
  }
  const { ChecksumType } = it.kind;
  await client.send(
    new CompleteMultipartUploadCommand({
      ...place,
      UploadId,
      MultipartUpload: { Parts },
      ...(ChecksumType && { ChecksumType }),
    }),
  );
}

/** Only what is there now is the model: not the older version, not what was deleted. */
export async function putVersions(client: S3Client, prefix: string): Promise<Files> {
  const Status = 'Enabled';
  await client.send(new PutBucketVersioningCommand({ Bucket: 'models', VersioningConfiguration: { Status } }));
  await putFiles(client, prefix, { twice: Buffer.from('before'), gone: Buffer.from('gone') });
  await putFiles(client, prefix, { twice: Buffer.from('after, and longer') });
  await client.send(new DeleteObjectCommand({ Bucket: 'models', Key: `${prefix}/gone` }));
  return { twice: Buffer.from('after, and longer') };
}
