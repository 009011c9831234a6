import { describe, expect, it } from 'vitest';
import {
  isS3Encrypted,
  md5OfEtag,
  readContentMd5,
  readGoogHash,
  readS3Checksums,
} from '../../../src/storage/checksum/header-checksums.ts';

const hex = '098f6bcd4621d373cade4e832627b4f6'; // md5 of "test"
const md5 = 'CY9rzUYh03PK3k6DJie09g==';
const headers = (fields: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(fields));

describe('an ETag', () => {
  it.each([`"${hex}"`, hex, hex.toUpperCase()])('of 32 hexadecimal digits is an MD5: %s', (etag) => {
    expect(md5OfEtag(etag)).toBe(md5);
  });

  it.each([`"${hex}-3"`, `W/"${hex}"`, '"0x8DB6A"', `"${hex}0"`, `${hex.slice(1)}g`, ''])(
    'of another shape is none: %s',
    (etag) => {
      expect(md5OfEtag(etag)).toBeNull();
    },
  );

  it('of an object encrypted with a key of KMS or of the client is none', () => {
    expect(md5OfEtag(`"${hex}"`, { encrypted: true })).toBeNull();
    expect(isS3Encrypted(headers({ 'x-amz-server-side-encryption': 'aws:kms' }))).toBe(true);
    expect(isS3Encrypted(headers({ 'x-amz-server-side-encryption': 'aws:kms:dsse' }))).toBe(true);
    expect(isS3Encrypted(headers({ 'x-amz-server-side-encryption-customer-algorithm': 'AES256' }))).toBe(true);
    expect(isS3Encrypted(headers({ 'x-amz-server-side-encryption': 'AES256' }))).toBe(false);
    expect(isS3Encrypted(headers({}))).toBe(false);
  });
});

describe('checksums of S3', () => {
  it('are those of the whole object', () => {
    const fields = {
      'x-amz-checksum-crc64nvme': 'rosUhgp5mIg=',
      'x-amz-checksum-crc32c': '4waSgw==',
      'x-amz-checksum-sha256': 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=',
      etag: `"${hex}"`,
    };
    const expected = {
      crc64nvme: 'rosUhgp5mIg=',
      crc32c: '4waSgw==',
      sha256: 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=',
    };
    expect(readS3Checksums(headers({ ...fields, 'x-amz-checksum-type': 'FULL_OBJECT' }))).toEqual(expected);
    expect(readS3Checksums(headers(fields))).toEqual(expected); // stores that know no types
  });

  it('of the parts only are no checksums of the object', () => {
    const composite = headers({ 'x-amz-checksum-crc32': 'y/Q5Jg==', 'x-amz-checksum-type': 'COMPOSITE' });
    expect(readS3Checksums(composite)).toEqual({});
    expect(readS3Checksums(headers({ 'x-amz-checksum-crc32': 'y/Q5Jg==-3' }))).toEqual({});
  });

  it.each(['', 'y/Q5', 'rosUhgp5mIg=', 'y/Q5Jg==, y/Q5Jg==', '????'])(
    'that cannot be one are passed over: %j',
    (crc32) => {
      expect(readS3Checksums(headers({ 'x-amz-checksum-crc32': crc32 }))).toEqual({});
    },
  );
});

describe('checksums of Google and Azure', () => {
  it('are read from x-goog-hash, one field or several', () => {
    expect(readGoogHash(`crc32c=4waSgw==,md5=${md5}`)).toEqual({ crc32c: '4waSgw==', md5 });
    expect(readGoogHash(`md5=${md5}, crc32c=4waSgw==`)).toEqual({ crc32c: '4waSgw==', md5 });
    expect(readGoogHash('crc32c=4waSgw==')).toEqual({ crc32c: '4waSgw==' });
    expect(readGoogHash('sha3=x, crc32c, =, md5=')).toEqual({});
  });

  it('are read from Content-MD5', () => {
    expect(readContentMd5(md5)).toEqual({ md5 });
    expect(readContentMd5('CY9rzUYh03PK3k6DJie09g')).toEqual({ md5 }); // unpadded: one spelling comes out
    expect(readContentMd5('bm8=')).toEqual({});
  });
});
