import { describe, expect, it } from 'vitest';
import { scanNumber } from '../../../src/v2/json/json-number.ts';

const end = (text: string): number => scanNumber(Buffer.from(text), 0);

describe('scanNumber', () => {
  it.each([
    '0',
    '-0',
    '10',
    '9223372036854775807',
    '0.30000000000000004',
    '1e400',
    '-1E-7',
    '2e+3',
    '0e0',
    '9'.repeat(5000),
  ])('reads %s to its end', (number) => {
    expect(end(number)).toBe(number.length);
    expect(end(`${number},7`)).toBe(number.length);
    expect(scanNumber(Buffer.from(`[${number}]`), 1)).toBe(number.length + 1);
  });

  it.each(['', '-', '+1', '.5', '1.', '1.e5', '-.5', '1e', '1e+', 'e5', '--1', 'a', '-a', '- 1', ','])(
    'finds no number in %s',
    (text) => expect(end(text)).toBe(-1),
  );

  it('leaves what follows to its caller', () => {
    expect(end('01')).toBe(1);
    expect(end('1.5.5')).toBe(3);
    expect(end('1abc')).toBe(1);
  });
});
