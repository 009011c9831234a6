import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combineCrcs } from '../../../src/storage/checksum/combine-crc.ts';
import { runningCrc } from '../../../src/storage/checksum/running-crc.ts';
import type { CombinableAlgorithm } from '../../../src/storage/checksum/verification.ts';
import { seed } from '../../support/seed.ts';

const algorithms: readonly CombinableAlgorithm[] = ['crc32', 'crc32c', 'crc64nvme'];

function crcOf(algorithm: CombinableAlgorithm, bytes: Uint8Array): string {
  const crc = runningCrc(algorithm);
  crc.update(bytes);
  return crc.value();
}

describe.each(algorithms)('%s of parts', (algorithm) => {
  it('is that of the whole, wherever it is cut', () => {
    const whole = fc.uint8Array({ maxLength: 5000 });
    const cuts = fc.array(fc.nat(5000), { maxLength: 12 });
    fc.assert(
      fc.property(whole, cuts, (bytes, at) => {
        const ends = [...at.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort((a, b) => a - b);
        const parts = ends.map((end, i) => {
          const part = bytes.subarray(ends[i - 1] ?? 0, end);
          return { value: crcOf(algorithm, part), bytes: part.length };
        });
        expect(combineCrcs(algorithm, parts)).toBe(crcOf(algorithm, bytes));
      }),
      { seed, numRuns: 200 },
    );
  });

  it('depends on their order and their sizes', () => {
    const [a, b] = [Buffer.from('one part'), Buffer.from('and another')].map((bytes) => ({
      value: crcOf(algorithm, bytes),
      bytes: bytes.length,
    })) as [{ value: string; bytes: number }, { value: string; bytes: number }];
    const whole = combineCrcs(algorithm, [a, b]);
    expect(combineCrcs(algorithm, [b, a])).not.toBe(whole);
    expect(combineCrcs(algorithm, [a, { ...b, bytes: b.bytes + 1 }])).not.toBe(whole);
  });

  it('is that of no bytes when there are none', () => {
    expect(combineCrcs(algorithm, [])).toBe(crcOf(algorithm, new Uint8Array()));
    expect(combineCrcs(algorithm, [{ value: combineCrcs(algorithm, []), bytes: 0 }])).toBe(combineCrcs(algorithm, []));
  });

  it('holds for parts of terabytes: twice as many zeros are two parts of zeros', () => {
    const zeros = (doublings: number): string => {
      let value = crcOf(algorithm, new Uint8Array(1));
      for (let i = 0; i < doublings; i++) {
        const half = { value, bytes: 2 ** i };
        value = combineCrcs(algorithm, [half, half]);
      }
      return value;
    };
    expect(zeros(20)).toBe(crcOf(algorithm, new Uint8Array(2 ** 20)));
    const [first, rest] = [2 ** 50, 3 * 2 ** 50];
    const most = { value: zeros(51), bytes: 2 ** 51 };
    const end = { value: combineCrcs(algorithm, [{ value: zeros(50), bytes: first }, most]), bytes: rest };
    expect(combineCrcs(algorithm, [{ value: zeros(50), bytes: first }, end])).toBe(zeros(52));
  });

  it('is refused where a value is of another width', () => {
    expect(() => combineCrcs(algorithm, [{ value: 'AAA=', bytes: 1 }])).toThrow(RangeError);
  });
});

it('a part of crc32 is what zlib says', () => {
  const bytes = Buffer.from('123456789');
  expect(Buffer.from(combineCrcs('crc32', [{ value: crcOf('crc32', bytes), bytes: 9 }]), 'base64').readUInt32BE()).toBe(
    crc32(bytes),
  );
});
