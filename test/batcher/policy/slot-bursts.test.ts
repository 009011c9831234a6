import { describe, expect, it } from 'vitest';
import { SlotBursts } from '../../../src/batcher/policy/slot-bursts.ts';
import { SlotCount } from '../../../src/batcher/policy/slot-count.ts';

function foundOne(): SlotCount {
  const count = new SlotCount(null);
  for (const among of [1, 1, 2, 2, 2]) count.compare(among, among);
  return count;
}

/** A burst of one call, then one of two, and so on; `ok` says whether the n-th burst is answered well. */
function burstsOf(tookMs: (calls: number) => number, ok = true): SlotCount {
  const count = foundOne();
  const bursts = new SlotBursts(count);
  for (let n = 0; count.due && n < 100; n++) {
    if (!bursts.begin(n, 8, 32)) break;
    let calls = 0;
    while (bursts.takeNext() > 0) calls++;
    for (let left = calls - 1; left >= 0; left--) bursts.answered(n + tookMs(calls - left), ok);
  }
  return count;
}

describe('bursts', () => {
  it('teach the slots by the time of the answer that counts', () => {
    expect(burstsOf(() => 10).slots).toBe(8);
    expect(burstsOf((calls) => 10 * calls).slots).toBe(1);
  });

  it('that failed, or ran out of requests, teach nothing', () => {
    expect(burstsOf(() => 10, false).slots).toBe(1);
    const count = foundOne();
    const bursts = new SlotBursts(count);
    bursts.begin(0, 8, 32);
    bursts.ranOut();
    expect(bursts.takeNext()).toBe(0);
    bursts.answered(10, true);
    expect(count.due).toBe(false);
  });

  it('have calls of no more rows than a batch may have', () => {
    const bursts = new SlotBursts(foundOne());
    bursts.begin(0, 200, 3);
    expect(bursts.takeNext()).toBe(3);
  });

  it('wait for calls that are out, but not for one that is stuck', () => {
    const count = foundOne();
    const bursts = new SlotBursts(count);
    expect(bursts.quietUntilMs(100, 10)).toBe(180);
    expect(bursts.quietUntilMs(150, 10)).toBe(180);
    expect(bursts.quietUntilMs(180, 10)).toBeNull();
    expect(count.due).toBe(false);
  });

  it('wait as long as it takes while nobody knows what is long', () => {
    expect(new SlotBursts(foundOne()).quietUntilMs(1e9, 0)).toBe(Number.POSITIVE_INFINITY);
  });
});
