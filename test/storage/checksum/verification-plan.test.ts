import { describe, expect, it } from 'vitest';
import { mismatch, planVerification } from '../../../src/storage/checksum/verification-plan.ts';
import type { Checksums } from '../../../src/storage/object-store.ts';

const md5 = 'CY9rzUYh03PK3k6DJie09g==';

describe('what is computed of a file', () => {
  it.each<[string, Checksums, readonly string[], readonly string[]]>([
    ['nothing: our own crc32c', {}, ['crc32c'], []],
    ['MD5 alone: it, and our own crc32c', { md5 }, ['crc32c'], ['md5']],
    ['MD5 beside a CRC: only the CRC', { md5, crc64nvme: 'rosUhgp5mIg=' }, ['crc64nvme'], []],
    ['MD5 beside a hash: only the hash', { md5, sha256: 'x' }, ['crc32c'], ['sha256']],
    ['the hash of git', { gitBlob: 'x' }, ['crc32c'], ['gitBlob']],
    ['all others, together', { crc32: 'x', crc32c: 'x', sha1: 'x' }, ['crc32', 'crc32c'], ['sha1']],
  ])('when the store offers %s', (_, offered, combined, sequential) => {
    expect(planVerification(offered)).toEqual({ combined, sequential });
  });
});

describe('two sets of checksums', () => {
  it('agree where all that both have is the same', () => {
    expect(mismatch({ md5, crc32c: '4waSgw==' }, { crc32c: '4waSgw==', sha1: 'x' })).toBeNull();
    expect(mismatch({}, { crc32c: '4waSgw==' })).toBeNull();
    expect(mismatch({ md5 }, {})).toBeNull();
  });

  it('differ by the algorithm that is named', () => {
    expect(mismatch({ md5, crc32c: '4waSgw==' }, { md5, crc32c: '4waSgg==' })).toBe('crc32c');
    expect(mismatch({ md5, crc32c: '' }, { md5, crc32c: '4waSgg==' })).toBe('crc32c');
  });
});
