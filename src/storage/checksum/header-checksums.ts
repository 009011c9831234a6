// What the headers of a store's answer say of an object's checksums; nothing that only looks like one is believed.
import type { AnswerHeaders, ChecksumAlgorithm, Checksums } from '../object-store.ts';

const s3Algorithms = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const satisfies readonly ChecksumAlgorithm[];

/** Of each algorithm, its bytes. */
const widths: Readonly<Record<ChecksumAlgorithm, number>> = {
  crc32: 4,
  crc32c: 4,
  crc64nvme: 8,
  sha1: 20,
  sha256: 32,
  md5: 16,
  gitBlob: 20,
};

/**
 * The MD5 that an ETag of S3 is, in base64; null: it is none. Not one: weak ETags; `md5-N` of multipart uploads; those of
 * objects that are encrypted with SSE-KMS or SSE-C (`encrypted`, see isS3Encrypted); those of directory buckets, whose
 * name ends with `--x-s3`, which the caller must know. Source: AWS "Checking object integrity", API_Object ETag.
 */
export function md5OfEtag(etag: string, { encrypted = false }: { readonly encrypted?: boolean } = {}): string | null {
  const hex = /^"?([0-9a-f]{32})"?$/i.exec(etag.trim())?.[1];
  return hex === undefined || encrypted ? null : Buffer.from(hex, 'hex').toString('base64');
}

/** With a key of KMS or of the client: then the ETag is no MD5. With S3's own keys (AES256) it still is. */
export function isS3Encrypted(headers: AnswerHeaders): boolean {
  const kind = headers.get('x-amz-server-side-encryption') ?? '';
  return kind.startsWith('aws:') || headers.has('x-amz-server-side-encryption-customer-algorithm');
}

/**
 * Of the whole object only. COMPOSITE ones are checksums of the parts' checksums (`sum-N`); stores that know no
 * x-amz-checksum-type mark those by `-N` alone. Values of the wrong length are passed over.
 */
export function readS3Checksums(headers: AnswerHeaders): Checksums {
  const type = headers.get('x-amz-checksum-type')?.trim().toUpperCase() ?? 'FULL_OBJECT';
  if (type !== 'FULL_OBJECT') return {};
  return keepReadable(s3Algorithms.map((algorithm) => [algorithm, headers.get(`x-amz-checksum-${algorithm}`)]));
}

/** `crc32c=n03x6A==,md5=Ojk9c3dhfxgoKVVHYwFbHQ==`: of the stored bytes, before any decompression by the store. */
export function readGoogHash(value: string): Checksums {
  const pairs = value.split(',').map((pair) => {
    const equals = pair.indexOf('=');
    return [pair.slice(0, equals).trim(), pair.slice(equals + 1)] as const;
  });
  return keepReadable((['crc32c', 'md5'] as const).map((name) => [name, pairs.find(([said]) => said === name)?.[1]]));
}

/** Content-MD5 of a whole object: Azure gives it when the uploader did. */
export function readContentMd5(value: string): Checksums {
  return keepReadable([['md5', value]]);
}

/** Base64 of the right length, in the one spelling that can be compared; of an algorithm that is said twice the last. */
export function keepReadable(said: readonly (readonly [ChecksumAlgorithm, string | undefined])[]): Checksums {
  const found: Partial<Record<ChecksumAlgorithm, string>> = {};
  for (const [algorithm, value] of said) {
    const checksum = value === undefined ? null : readChecksum(algorithm, value);
    if (checksum !== null) found[algorithm] = checksum;
  }
  return found;
}

/** In the one spelling that can be compared; null: no such value. */
function readChecksum(algorithm: ChecksumAlgorithm, base64: string): string | null {
  const text = base64.trim();
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null; // Buffer passes over what is not base64
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === widths[algorithm] ? bytes.toString('base64') : null;
}
