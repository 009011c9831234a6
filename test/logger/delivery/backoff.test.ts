import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../../src/logger/delivery/backoff.ts';

describe('the time after a failure', () => {
  it('doubles up to the cap; half of it is chance', () => {
    const least = { firstMs: 200, maxMs: 1000, random: () => 0 };
    const most = { ...least, random: () => 1 };
    expect([1, 2, 3, 4, 5].map((failures) => backoffMs(failures, least))).toEqual([100, 200, 400, 500, 500]);
    expect([1, 2, 3, 4, 5].map((failures) => backoffMs(failures, most))).toEqual([200, 400, 800, 1000, 1000]);
  });

  it('stays a number after any number of failures', () => {
    const backoff = { firstMs: 200, maxMs: 30_000, random: () => 0.5 };
    expect(backoffMs(1_000_000, backoff)).toBe(22_500);
  });

  it('is below the first wait when the cap is', () => {
    expect(backoffMs(1, { firstMs: 200, maxMs: 50, random: () => 1 })).toBe(50);
  });
});
