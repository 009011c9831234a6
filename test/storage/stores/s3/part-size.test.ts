import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guessPartBytes } from '../../../../src/storage/stores/s3/part-size.ts';
import { seed } from '../../../support/seed.ts';

const mebibyte = 1024 * 1024;
const md5 = '0123456789abcdef0123456789abcdef';

describe('the size of parts', () => {
  it.each([
    ['10 parts of 8 MiB and a rest', 10, 75 * mebibyte, 8 * mebibyte],
    ['two parts, of which 8 MiB is the only power of two that fits', 2, 12 * mebibyte, 8 * mebibyte],
    ['100 parts of 5 MiB', 100, 500 * mebibyte, 5 * mebibyte],
    ['one part', 1, 5 * mebibyte, null],
    ['two parts of many sizes, two powers of two among them', 2, 16 * mebibyte, 8 * mebibyte],
    ['parts that are no mebibytes', 3, 3000, null],
  ])('%s', (_what, parts, bytes, wanted) => {
    expect(guessPartBytes(`"${md5}-${parts}"`, bytes)).toBe(wanted);
  });

  it('is not told by an ETag that has no parts', () => {
    expect(guessPartBytes(`"${md5}"`, 75 * mebibyte)).toBe(null);
    expect(guessPartBytes('"strange-etag"', 75 * mebibyte)).toBe(null);
  });

  it('whenever it is told, it makes as many parts as there are', () => {
    const sizes = fc.record({
      parts: fc.integer({ min: 2, max: 10_000 }),
      bytes: fc.integer({ min: 1, max: 2 ** 42 }),
    });
    const claim = fc.property(sizes, ({ parts, bytes }) => {
      const guess = guessPartBytes(`"${md5}-${parts}"`, bytes);
      if (guess !== null) expect(Math.ceil(bytes / guess)).toBe(parts);
    });
    fc.assert(claim, { seed });
  });

  it('is found again for uploads of many parts', () => {
    const uploads = fc.record({ part: fc.constantFrom(5, 8, 16, 64), parts: fc.integer({ min: 80, max: 9000 }) });
    const claim = fc.property(uploads, fc.integer({ min: 1, max: 5 * mebibyte }), ({ part, parts }, rest) => {
      const bytes = (parts - 1) * part * mebibyte + rest;
      expect(guessPartBytes(`"${md5}-${parts}"`, bytes)).toBe(part * mebibyte);
    });
    fc.assert(claim, { seed });
  });
});
