import { expect, it } from 'vitest';
import { readGrpcTimeout } from '../../src/batcher/deadline.ts';

it.each([
  ['1H', 3_600_000],
  ['2M', 120_000],
  ['10S', 10_000],
  ['250m', 250],
  ['1500u', 1.5],
  ['2000000n', 2],
  ['0S', 0],
  ['00000007m', 7],
])('%s is %d ms', (value, ms) => {
  expect(readGrpcTimeout(value)).toBeCloseTo(ms, 9);
});

it('is never longer than a timer of node can be', () => {
  expect(readGrpcTimeout('99999999H')).toBe(2 ** 31 - 1);
});

it.each([undefined, '', '1', 'S', '1s', '-1S', '1.5S', '123456789m', ' 1S', '1S ', '1S,2S', '１S'])(
  '%j says nothing',
  (value) => {
    expect(readGrpcTimeout(value)).toBeNull();
  },
);
