// What do a row of a list and the headers of an answer say of an object?
import type { _Object, HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { isS3Encrypted, md5OfEtag, readS3Checksums } from '../../checksum/header-checksums.ts';
import type { AnswerHeaders, Checksums, StoredObject } from '../../object-store.ts';
import { guessPartBytes } from './part-size.ts';

/**
 * Without checksums: a row has none, and does not say whether the object is encrypted, so its ETag may be no MD5.
 * Null: a row without a key or a size is none.
 */
export function readRow(row: Pick<_Object, 'Key' | 'Size' | 'ETag'>, encoded: boolean): StoredObject | null {
  const { Key: key, Size: bytes, ETag: etag } = row;
  if (key === undefined || bytes === undefined) return null;
  return {
    key: encoded ? decodeKey(key) : key,
    bytes,
    ...readPinning(etag, bytes),
    checksums: {},
    ranges: true,
    contentEncoding: null, // objects of S3 are kept as they are, as all its readers do
  };
}

export function readHead(key: string, head: HeadObjectCommandOutput): StoredObject {
  const bytes = head.ContentLength ?? null;
  const checksums = readChecksums(headersOf(head), head.ETag ?? null);
  return { key, bytes, ...readPinning(head.ETag, bytes ?? 0), checksums, ranges: true, contentEncoding: null };
}

/** As readHead, of an answer to our own client. */
export function readHeadHeaders(key: string, headers: AnswerHeaders): StoredObject {
  const etag = headers.get('etag');
  const length = headers.get('content-length');
  const bytes = length === undefined ? null : Number(length);
  const checksums = readChecksums(headers, etag ?? null);
  return { key, bytes, ...readPinning(etag, bytes ?? 0), checksums, ranges: true, contentEncoding: null };
}

/** `etag`: of these very bytes. A directory bucket's is no MD5, but those are not served here. */
export function readChecksums(headers: AnswerHeaders, etag: string | null): Checksums {
  const md5 = etag === null ? null : md5OfEtag(etag, { encrypted: isS3Encrypted(headers) });
  return { ...readS3Checksums(headers), ...(md5 !== null && { md5 }) };
}

/** A weak ETag pins nothing (RFC 9110 8.8.1); without quotes it would be no ETag at all. */
export function readVersion(etag: string | undefined): string | null {
  if (etag === undefined || etag === '' || etag.startsWith('W/')) return null;
  return etag.startsWith('"') ? etag : `"${etag}"`;
}

function readPinning(etag: string | undefined, bytes: number): Pick<StoredObject, 'version' | 'partBytes'> {
  const version = readVersion(etag);
  return { version, partBytes: version === null ? null : guessPartBytes(version, bytes) };
}

/** As the store sent them, those that matter. */
function headersOf(head: HeadObjectCommandOutput): AnswerHeaders {
  const said: readonly (readonly [string, string | undefined])[] = [
    ['x-amz-checksum-crc32', head.ChecksumCRC32],
    ['x-amz-checksum-crc32c', head.ChecksumCRC32C],
    ['x-amz-checksum-crc64nvme', head.ChecksumCRC64NVME],
    ['x-amz-checksum-sha1', head.ChecksumSHA1],
    ['x-amz-checksum-sha256', head.ChecksumSHA256],
    ['x-amz-checksum-type', head.ChecksumType],
    ['x-amz-server-side-encryption', head.ServerSideEncryption],
    ['x-amz-server-side-encryption-customer-algorithm', head.SSECustomerAlgorithm],
  ];
  return new Map(said.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
}

/** Of EncodingType url: as a form's text, so a space is "+". What cannot be decoded was not encoded. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}
