import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, MAX_TIMER_MS, readDurationMs } from '../../src/config/duration.ts';
import { seed } from '../support/seed.ts';

describe('a Go duration', () => {
  it.each([
    ['0', 0],
    ['+0', 0],
    ['0s', 0],
    ['500ms', 500],
    ['5s', 5_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['1h15m30.5s', 4_530_500],
    ['.5s', 500],
    ['1.s', 1_000],
    ['+2s', 2_000],
    ['1.1s', 1_100],
    ['2147483647ms', MAX_TIMER_MS],
  ])('%s is %i ms', (text, ms) => {
    expect(readDurationMs(text)).toBe(ms);
  });

  it.each(['1ns', '1us', '1µs', '1μs', '0.2ms'])(
    '%s is a whole millisecond: no wait becomes 0, which may mean off',
    (text) => {
      expect(readDurationMs(text)).toBe(1);
    },
  );

  it.each(['', '5', '-5s', 's', '5 s', '5d', '1s2', '1..5s', '.s', '5S', '2147483648ms', '999999999h', 'Infinitys'])(
    '"%s" is none that a timer could wait for',
    (text) => {
      expect(readDurationMs(text)).toBeUndefined();
    },
  );

  it('is printed as the text that reads back to the same time', () => {
    expect([0, 4, 1_500, 60_000, 90_000, 7_200_000, 3_601_001].map(formatDuration)).toEqual([
      '0s',
      '4ms',
      '1.5s',
      '1m',
      '1m30s',
      '2h',
      '1h1.001s',
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_TIMER_MS }), (ms) => readDurationMs(formatDuration(ms)) === ms),
      { seed },
    );
  });
});
