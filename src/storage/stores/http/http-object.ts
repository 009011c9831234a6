// What the head of an http(s) server's answer says of the file behind a URL: size, version, checksums, whether ranges work.
import { keepReadable, readContentMd5, readGoogHash, readS3Checksums } from '../../checksum/header-checksums.ts';
import type { AnswerHead } from '../../http/http-client.ts';
import type { AnswerHeaders, ChecksumAlgorithm, Checksums, StoredObject } from '../../object-store.ts';

/** `head`: of an answer to a GET of the first byte, with status 200, 206 or 416. Null: it makes no sense. */
export function readHttpObject(key: string, head: AnswerHead): StoredObject | null {
  const { headers } = head;
  const coding = readCoding(key, headers);
  const bytes = readBytes(head);
  const version = readVersion(headers);
  const checksums = readHttpChecksums(headers, coding === 'gzip' ? coding : null);
  // Ranges of a file that may change meanwhile, and nobody would see it, could be of two files.
  const isPinned = version !== null || Object.keys(checksums).length > 0;
  if (coding === 'unknown' || bytes === undefined) return null;
  return {
    key,
    // Of what is compressed nobody knows how long it is until it is not.
    bytes: coding === 'gzip' ? null : bytes,
    version,
    checksums,
    partBytes: null,
    ranges: head.status === 206 && coding === null && isPinned,
    contentEncoding: coding,
    contentType: headers.get('content-type') ?? '',
  };
}

/** Null: not said. Undefined: neither the first byte nor the whole. */
function readBytes({ status, headers, contentRange, bodyBytes }: AnswerHead): number | null | undefined {
  if (status === 200) return bodyBytes;
  if (status === 206) return contentRange?.first === 0 ? contentRange.total : undefined;
  // An empty file has no first byte. Some servers forget to say how long it is.
  return /^bytes \*\/0+$/i.test(headers.get('content-range')?.trim() ?? 'bytes */0') ? 0 : undefined;
}

/**
 * Compressed though we asked for it as it is. A name that ends in .gz says that the file itself is, and the header only repeats
 * it (Apache with `AddEncoding x-gzip .gz .tgz`): then the checksums and the name are of the compressed bytes.
 */
function readCoding(key: string, headers: AnswerHeaders): 'gzip' | 'unknown' | null {
  const codings = (headers.get('content-encoding') ?? '').toLowerCase().split(',');
  const real = codings
    .map((coding) => coding.trim())
    .filter((coding) => !['', 'identity', 'aws-chunked'].includes(coding));
  if (real.length === 0) return null;
  if (real.length > 1 || !/^(x-)?gzip$/.test(real[0] ?? '')) return 'unknown';
  return /\.t?gz$/i.test(key) ? null : 'gzip';
}

/**
 * A strong ETag as it was sent; else the time of the last change, when it is long enough ago to be one of a kind
 * (RFC 9110 8.8.2.2): without quotes, so that the two are told apart.
 */
function readVersion(headers: AnswerHeaders): string | null {
  const etag = headers.get('etag')?.trim() ?? '';
  if (/^"[\x21\x23-\x7e\x80-\xff]*"$/.test(etag)) return etag;
  const modified = headers.get('last-modified') ?? '';
  const ageMs = Date.parse(headers.get('date') ?? '') - Date.parse(modified);
  return ageMs >= 1_000 ? modified : null;
}

/** What makes a server refuse (412) to mix two versions. */
export function pinnedTo(version: string | null): readonly (readonly [string, string])[] {
  if (version === null) return [];
  return version.startsWith('"') ? [['if-match', version]] : [['if-unmodified-since', version]];
}

/** As `RemoteStore.readDetails`. A server that stops saying what it said before has not changed the file by that. */
export function readHttpDetails(object: StoredObject, headers: AnswerHeaders): StoredObject {
  const isPart = headers.has('content-range');
  const length = headers.get('content-length');
  const bytes = isPart || length === undefined || object.contentEncoding === 'gzip' ? object.bytes : Number(length);
  const checksums = { ...object.checksums, ...readHttpChecksums(headers, object.contentEncoding) };
  return { ...object, bytes, version: versionNow(object.version, headers), checksums };
}

function versionNow(version: string | null, headers: AnswerHeaders): string | null {
  if (version === null) return readVersion(headers);
  if (!version.startsWith('"')) return headers.get('last-modified') ?? version;
  const now = readVersion(headers);
  return now?.startsWith('"') ? now : version;
}

/** Of the whole file, of the bytes that travel; what cannot be told from a checksum of a part or of other bytes is left out. */
function readHttpChecksums(headers: AnswerHeaders, coding: 'gzip' | null): Checksums {
  const isPart = headers.has('content-range');
  return {
    ...(coding === null ? readArtifactory(headers) : {}),
    ...readDigests(headers.get('digest') ?? '', /^(?<name>[\w-]+)=(?<value>.+)$/), // RFC 3230
    ...readDigests(headers.get('repr-digest') ?? '', /^(?<name>[\w-]+)=:(?<value>[^:]+):$/), // RFC 9530
    ...readGoogHash(headers.get('x-goog-hash') ?? ''),
    ...(isPart ? {} : { ...readContentMd5(headers.get('content-md5') ?? ''), ...readS3Checksums(headers) }),
  };
}

/** X-Checksum-Sha256 and its kin, in hex: Artifactory. */
function readArtifactory(headers: AnswerHeaders): Checksums {
  const algorithms = ['sha256', 'sha1', 'md5'] as const;
  return keepReadable(algorithms.map((algorithm) => [algorithm, fromHex(headers.get(`x-checksum-${algorithm}`))]));
}

function fromHex(hex: string | undefined): string {
  return /^([0-9a-f]{2})+$/i.test(hex?.trim() ?? '') ? Buffer.from(hex?.trim() ?? '', 'hex').toString('base64') : '';
}

const digestNames = { 'sha-256': 'sha256', sha: 'sha1', md5: 'md5' } as const;

function readDigests(field: string, form: RegExp): Checksums {
  const found: [ChecksumAlgorithm, string][] = [];
  for (const piece of field.split(',')) {
    const { name = '', value = '' } = form.exec(piece.trim())?.groups ?? {};
    const algorithm = digestNames[name.toLowerCase() as keyof typeof digestNames];
    if (algorithm !== undefined) found.push([algorithm, value]);
  }
  return keepReadable(found);
}
