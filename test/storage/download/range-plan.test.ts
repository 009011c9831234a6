import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missingRanges, rangeBytes, stealFrom } from '../../../src/storage/download/range-plan.ts';

const MiB = 1_048_576;

describe('the size of ranges', () => {
  it.each([
    ['what is wanted, where nothing is known of the upload', 8 * MiB, null, 8 * MiB],
    ['one part, when parts are a little larger than wanted', 8 * MiB, 15 * MiB, 15 * MiB],
    ['several whole parts, when parts are small', 8 * MiB, 3 * MiB, 6 * MiB],
    ['an equal piece of a part that is far larger', 8 * MiB, 64 * MiB, 16 * MiB],
    ['a piece that spans no two parts, whatever the size', 8 * MiB, 50 * MiB, Math.ceil((50 * MiB) / 4)],
  ])('is %s', (_, wanted, part, expected) => {
    expect(rangeBytes(wanted, part)).toBe(expected);
  });

  it('is never more than twice what is wanted, so that memory and repeats stay small', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (part) => {
        const size = rangeBytes(8 * MiB, part);
        expect(size).toBeGreaterThan(0);
        expect(size).toBeLessThanOrEqual(16 * MiB);
      }),
    );
  });
});

describe('the ranges that are missing', () => {
  it('are the whole file when nothing is there', () => {
    expect(missingRanges([], 20, 8)).toEqual([
      { first: 0, last: 7 },
      { first: 8, last: 15 },
      { first: 16, last: 19 },
    ]);
  });

  it('of an empty file are none', () => {
    expect(missingRanges([], 0, 8)).toEqual([]);
  });

  it('together with those that are there cover every byte once', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 0, max: 999 }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(cuts, fc.integer({ min: 1, max: 400 }), (at, size) => {
        const sorted = at.toSorted((a, b) => a - b);
        const there = sorted.slice(1).flatMap((end, index) => {
          return index % 2 === 0 ? [{ first: sorted[index] as number, last: end - 1 }] : [];
        });
        const seen = new Uint8Array(1000);
        for (const { first, last } of [...there, ...missingRanges(there, 1000, size)]) {
          expect(last - first + 1).toBeGreaterThan(0);
          for (let byte = first; byte <= last; byte += 1) seen[byte] = (seen[byte] as number) + 1;
        }
        expect(seen.every((times) => times === 1)).toBe(true);
      }),
    );
  });
});

describe('stealing', () => {
  it('leaves alone what is nearly done', () => {
    expect(stealFrom(0, 2 * MiB - 2)).toBeNull();
  });

  it('takes the second half of what is left', () => {
    expect(stealFrom(2 * MiB, 6 * MiB - 1)).toBe(4 * MiB);
  });
});
