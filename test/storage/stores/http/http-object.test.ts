import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AnswerHead } from '../../../../src/storage/http/http-client.ts';
import type { AnswerHeaders, StoredObject } from '../../../../src/storage/object-store.ts';
import { pinnedTo, readHttpDetails, readHttpObject } from '../../../../src/storage/stores/http/http-object.ts';

type Fields = Readonly<Record<string, string>>;

const headersOf = (fields: Fields): AnswerHeaders => new Map(Object.entries(fields));

function whole(fields: Fields, bodyBytes: number | null = 10): AnswerHead {
  return { status: 200, headers: headersOf(fields), contentRange: null, bodyBytes };
}

function part(fields: Fields, { first = 0, total = 10 as number | null } = {}): AnswerHead {
  const headers = headersOf({ 'content-range': `bytes ${first}-${first}/${total ?? '*'}`, ...fields });
  return { status: 206, headers, contentRange: { first, last: first, total }, bodyBytes: 1 };
}

const read = (head: AnswerHead, key = 'm.bin'): StoredObject | null => readHttpObject(key, head);
const versionOf = (fields: Fields): string | null | undefined => read(whole(fields))?.version;

describe('the version of a file', () => {
  const long = { date: 'Sat, 21 Nov 2026 10:00:02 GMT', 'last-modified': 'Sat, 21 Nov 2026 10:00:01 GMT' };
  const short = { ...long, date: long['last-modified'] };

  it.each<[string, Fields, string | null]>([
    ['a strong ETag', { etag: '"a/b-1"', ...long }, '"a/b-1"'],
    ['the last change, where the ETag is weak', { etag: 'W/"a"', ...long }, long['last-modified']],
    ['the last change, where there is no ETag', long, long['last-modified']],
    ['nothing, when it changed this very second', short, null],
    ['nothing, when nobody says what time it is', { 'last-modified': long['last-modified'] }, null],
    ['nothing, when the time is none', { 'last-modified': 'yesterday', date: long.date }, null],
    ['nothing, when there are two ETags', { etag: '"a", "b"' }, null],
    ['nothing', {}, null],
  ])('is %s', (_what, fields, version) => {
    expect(versionOf(fields)).toBe(version);
  });

  it('is what a request is pinned to', () => {
    expect(pinnedTo('"a"')).toEqual([['if-match', '"a"']]);
    expect(pinnedTo(long['last-modified'])).toEqual([['if-unmodified-since', long['last-modified']]]);
    expect(pinnedTo(null)).toEqual([]);
  });

  it('is seen to change, and not to when a server only says less', () => {
    const object = read(whole({ etag: '"a"' }))!;
    const now = (fields: Fields, of = object) => readHttpDetails(of, headersOf(fields)).version;
    expect(now({ etag: '"b"' })).toBe('"b"');
    expect(now({ etag: 'W/"a"', ...long })).toBe('"a"');
    expect(now({})).toBe('"a"');
    const dated = read(whole(long))!;
    expect(now({ etag: '"new"' }, dated)).toBe(long['last-modified']);
    expect(now({ 'last-modified': long.date }, dated)).toBe(long.date);
  });
});

describe('the size of a file', () => {
  it('is of the range, of the whole answer, or unknown', () => {
    expect(read(part({}))).toMatchObject({ bytes: 10 });
    expect(read(part({}, { total: null }))).toMatchObject({ bytes: null });
    expect(read(whole({}, null))).toMatchObject({ bytes: null, ranges: false });
  });

  it('is none where another range came than was asked for', () => {
    expect(read(part({}, { first: 5 }))).toBeNull();
  });

  it.each<[string, number | undefined]>([
    ['bytes */0', 0],
    ['bytes */10', undefined],
  ])('%s', (contentRange, bytes) => {
    const headers = headersOf({ 'content-range': contentRange });
    expect(read({ status: 416, headers, contentRange: null, bodyBytes: 0 })?.bytes).toBe(bytes);
  });

  it('is seen to change in a whole answer, not in that of a range', () => {
    const object = read(whole({}))!;
    expect(readHttpDetails(object, headersOf({ 'content-length': '11' })).bytes).toBe(11);
    expect(readHttpDetails(object, part({ 'content-length': '1' }).headers).bytes).toBe(10);
  });
});

describe('a file comes in ranges', () => {
  it.each<[string, Fields, boolean]>([
    ['when each of them can be pinned', { etag: '"a"' }, true],
    ['when a mix would be seen by its checksum', { 'x-checksum-sha1': 'ab'.repeat(20) }, true],
    ['never when a mix of two versions could not be seen', { etag: 'W/"a"' }, false],
  ])('%s', (_when, fields, ranges) => {
    expect(read(part(fields))?.ranges).toBe(ranges);
  });
});

describe('a file that is sent compressed', () => {
  it('is as long as it turns out to be, and comes in one stream', () => {
    expect(read(part({ 'content-encoding': 'gzip', etag: '"a"' }))).toMatchObject({
      bytes: null,
      ranges: false,
      contentEncoding: 'gzip',
    });
  });

  it.each(['m.tar.gz', 'm.TGZ'])('is kept so when it is called %s', (key) => {
    expect(read(part({ 'content-encoding': 'x-gzip' }), key)).toMatchObject({ bytes: 10, contentEncoding: null });
  });

  it.each(['br', 'gzip, br', 'zstd'])('by %s cannot be read', (coding) => {
    expect(read(whole({ 'content-encoding': coding }))).toBeNull();
  });

  it.each(['identity', 'aws-chunked', ''])('by %j is not', (coding) => {
    expect(read(part({ 'content-encoding': coding }))).toMatchObject({ bytes: 10, contentEncoding: null });
  });
});

describe('checksums', () => {
  const hash = (algorithm: string) => createHash(algorithm).update('x').digest();
  const [sha256, sha1, md5] = ['sha256', 'sha1', 'md5'].map((name) => hash(name).toString('base64')) as string[];
  const artifactory = Object.fromEntries(
    ['sha256', 'sha1', 'md5'].map((name) => [`x-checksum-${name}`, hash(name).toString('hex')]),
  );

  it.each<[string, Fields, object]>([
    ['of Artifactory', artifactory, { sha256, sha1, md5 }],
    ['of RFC 3230', { digest: `SHA-256=${sha256},md5=${md5}, unixsum=1` }, { sha256, md5 }],
    ['of RFC 9530', { 'repr-digest': `sha-512=:AA==:, sha-256=:${sha256}:` }, { sha256 }],
    ['of Google', { 'x-goog-hash': `crc32c=n03x6A==,md5=${md5}` }, { crc32c: 'n03x6A==', md5 }],
    ['of a whole answer', { 'content-md5': md5! }, { md5 }],
    ['of S3', { 'x-amz-checksum-sha256': sha256! }, { sha256 }],
    ['of the parts of an upload', { 'x-amz-checksum-sha256': sha256!, 'x-amz-checksum-type': 'COMPOSITE' }, {}],
    ['of the wrong length', { digest: `sha-256=${md5}`, 'x-checksum-md5': 'abcd', 'content-md5': 'AAAA' }, {}],
    ['that are none', { 'repr-digest': `sha-256=${sha256}`, 'x-checksum-sha1': 'zz', digest: '' }, {}],
  ])('%s', (_whose, fields, checksums) => {
    expect(read(whole(fields))?.checksums).toEqual(checksums);
  });

  it('of an answer with a part of the file are not taken for those of the file', () => {
    const fields = { 'content-md5': md5!, 'x-amz-checksum-sha256': sha256!, 'content-digest': `sha-256=:${sha256}:` };
    expect(read(part(fields))?.checksums).toEqual({});
    expect(read(part(artifactory))?.checksums).toEqual({ sha256, sha1, md5 });
  });

  it('of the file are not taken for those of its compressed bytes', () => {
    const fields = { ...artifactory, 'content-encoding': 'gzip' };
    expect(read(whole(fields))?.checksums).toEqual({});
  });
});
