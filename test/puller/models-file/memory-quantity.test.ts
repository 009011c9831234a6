import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readQuantityBytes } from '../../../src/puller/models-file/memory-quantity.ts';
import { seed } from '../../support/seed.ts';

describe('a Kubernetes quantity', () => {
  it.each([
    ['1G', 1_000_000_000],
    ['1.5Gi', 1_610_612_736],
    ['500M', 500_000_000],
    ['128974848', 128_974_848],
    ['129e6', 129_000_000],
    ['129E6', 129_000_000],
    ['123Mi', 128_974_848],
    ['1Ki', 1_024],
    ['1k', 1_000],
    ['2Ti', 2 * 2 ** 40],
    ['3Pi', 3 * 2 ** 50],
    ['1E', 1e18],
    ['1Ei', 2 ** 60],
    ['1e3', 1_000],
    ['5e-1', 1],
    ['1e+3', 1_000],
    ['+7', 7],
    ['.5k', 500],
    ['5.', 5],
    ['0', 0],
    ['-0', 0],
    ['0Gi', 0],
    [' 1Gi\n', 2 ** 30],
  ])('%s is %d bytes', (text, bytes) => {
    expect(readQuantityBytes(text)).toBe(bytes);
  });

  it.each([
    ['100m', 1],
    ['1000m', 1],
    ['1001m', 2],
    ['1500000u', 2],
    ['1n', 1],
    ['0.1Ki', 103],
    ['1.1', 2],
    ['1e-300', 1],
  ])('%s is rounded up to %d', (text, bytes) => {
    expect(readQuantityBytes(text)).toBe(bytes);
  });

  it.each(['9Ei', '1e30', '1e999999999', '1e99999999999999999999', '9223372036854775808'])(
    '%s counts as the most there is, 2^63-1',
    (text) => {
      expect(readQuantityBytes(text)).toBe(2 ** 63);
    },
  );

  it.each([
    '',
    ' ',
    '.',
    'G',
    'Gi',
    '1K',
    '1mi',
    '1ki',
    '1 G',
    '1GB',
    '1GiB',
    '1e',
    '1e5G',
    '1.2.3',
    '0x10',
    '1_000',
    '-1',
    '-1Gi',
    '--1',
    'Infinity',
    'NaN',
    'null',
    '٣',
    '1'.repeat(65),
  ])('%j is none', (text) => {
    expect(readQuantityBytes(text)).toBeNull();
  });

  it('has no error of floating point at any number of decimals', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 40n), fc.nat(6), (thousandths, zeros) => {
        const text = `${thousandths / 1_000n}.${String(thousandths % 1_000n).padStart(3, '0')}${'0'.repeat(zeros)}Ki`;
        const exact = (thousandths * 1_024n + 999n) / 1_000n;
        expect(readQuantityBytes(text)).toBe(Number(exact));
      }),
      { seed },
    );
  });
});
