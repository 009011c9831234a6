// One blob as lists and HEAD answers describe it, and what that means to us. Pure.
import type { BlobGetPropertiesResponse, BlobItem } from '@azure/storage-blob';
import { readContentMd5 } from '../../checksum/header-checksums.ts';
import type { AnswerHeaders, Checksums, StoredObject } from '../../object-store.ts';

/** Null: a folder of a hierarchical namespace, which stands among the blobs. */
export function readBlob({ name, properties, metadata }: BlobItem): StoredObject | null {
  const { contentLength = 0, etag, contentMD5, contentEncoding } = properties;
  const { resourceType, ResourceType } = properties as { resourceType?: string; ResourceType?: string };
  if (isFolder(metadata) || (resourceType ?? ResourceType) === 'directory') return null;
  return describe({ key: name, bytes: contentLength, etag, contentMD5, contentEncoding });
}

export function readProperties(key: string, answer: BlobGetPropertiesResponse): StoredObject | null {
  const { contentLength = 0, etag, contentMD5, contentEncoding, metadata } = answer;
  return isFolder(metadata) ? null : describe({ key, bytes: contentLength, etag, contentMD5, contentEncoding });
}

/** On a range, Content-MD5 is of the range, and x-ms-blob-content-md5 of the blob. */
export function withMd5(object: StoredObject, headers: AnswerHeaders): StoredObject {
  const ofRange = headers.has('content-range');
  const md5 = headers.get('x-ms-blob-content-md5') ?? (ofRange ? undefined : headers.get('content-md5'));
  return { ...object, checksums: { ...readContentMd5(md5 ?? ''), ...object.checksums } };
}

interface Described {
  readonly key: string;
  readonly bytes: number;
  readonly etag: string | undefined;
  readonly contentMD5: Uint8Array | undefined;
  readonly contentEncoding: string | undefined;
}

/** Only what was uploaded in one piece, or by a client that says so, has an MD5. */
function describe({ key, bytes, etag, contentMD5, contentEncoding }: Described): StoredObject {
  const checksums: Checksums =
    contentMD5 === undefined || contentMD5.length === 0 ? {} : { md5: Buffer.from(contentMD5).toString('base64') };
  return {
    key,
    bytes,
    version: etag === undefined ? null : quoted(etag),
    checksums,
    partBytes: null,
    ranges: true,
    contentEncoding: contentEncoding === 'gzip' ? 'gzip' : null,
  };
}

/** Lists have them bare, headers in quotes. */
function quoted(etag: string): string {
  return etag.startsWith('"') ? etag : `"${etag}"`;
}

function isFolder(metadata: Readonly<Record<string, string>> | undefined): boolean {
  return Object.entries(metadata ?? {}).some(
    ([name, value]) => name.toLowerCase() === 'hdi_isfolder' && value === 'true',
  );
}
