import { describe, expect, it } from 'vitest';
import { SlotCount } from '../../../src/batcher/policy/slot-count.ts';

/** One slot was found: two calls alone, then three that were slowed by another. */
function foundOne(): SlotCount {
  const count = new SlotCount(null);
  for (const among of [1, 1, 2, 2, 2]) count.compare(among, among);
  return count;
}

/** Batches until a trial is due. */
function batchesUntilDue(count: SlotCount): number {
  for (let batches = 0; batches <= 10_000; batches++) {
    if (count.due) return batches;
    count.sent();
  }
  return Number.POSITIVE_INFINITY;
}

/** Bursts until no trial is due any more, on a runtime of so many slots. */
function tryOut(count: SlotCount, slots: number, rows = 64): number {
  let bursts = 0;
  for (; count.due && bursts < 1000; bursts++) {
    const burst = count.burst(rows);
    if (burst === null) break;
    count.answered(10 * Math.ceil(burst.calls / slots));
  }
  return bursts;
}

function learned(slots: number, rows = 64): SlotCount {
  const count = foundOne();
  tryOut(count, slots, rows);
  for (let trials = 0; trials < 20; trials++) {
    batchesUntilDue(count);
    tryOut(count, slots, rows);
  }
  return count;
}

describe('slots that are told', () => {
  it('are never tried out', () => {
    expect(batchesUntilDue(new SlotCount(2))).toBe(Number.POSITIVE_INFINITY);
  });

  it('replace those that were learned, and stay when nobody tells any more', () => {
    const count = new SlotCount(null);
    count.tell(3);
    expect(count).toMatchObject({ slots: 3, learning: false });
    count.tell(null);
    expect(count).toMatchObject({ slots: 3, learning: true, window: null });
    expect(new SlotCount(3).window).toBeNull();
  });
});

describe('slots of a new runtime', () => {
  it('are found without a trial', () => {
    const count = new SlotCount(null);
    for (const among of [1, 1, 2, 3, 4]) count.compare(among, 1);
    expect(count).toMatchObject({ slots: 4, window: 16, due: false });
    for (let among = 5; among <= 16; among++) count.compare(among, among / 6);
    expect(count).toMatchObject({ slots: 6, window: null, due: true });
  });

  it('are doubted by trials, but only downwards, since more calls show by themselves whether there are more', () => {
    const count = new SlotCount(null);
    for (const among of [1, 1, 2, 3, 4]) count.compare(among, 1);
    expect(batchesUntilDue(count)).toBe(128);
    expect(count.burst(64)).toMatchObject({ calls: 2 });
    for (let i = 0; i < 20 && count.window !== null; i++) {
      count.answered(10 * (count.burst(64)?.calls ?? 0));
    }
    expect(count).toMatchObject({ slots: 2, window: null });
  });
});

describe('slots that are learned', () => {
  it.each([1, 2, 3, 4, 6, 8, 13, 64])('are found: %d', (slots) => {
    expect(learned(slots).slots).toBe(slots);
  });

  it('are no more than the requests that there are at once, and no more than 64', () => {
    expect(learned(1000, 5).slots).toBe(5);
    expect(learned(1000, 500).slots).toBe(64);
  });

  it('are tried out at once when there are too few, and less and less often while nothing changes', () => {
    const count = foundOne();
    const pauses = Array.from({ length: 7 }, () => {
      const batches = batchesUntilDue(count);
      tryOut(count, 1);
      return batches;
    });
    expect(pauses).toEqual([0, 8, 16, 32, 64, 128, 128]);
  });

  it('are found again when the runtime has more or fewer of them', () => {
    const count = learned(4);
    for (const slots of [1, 8, 2]) {
      let batches = 0;
      for (; count.slots !== slots && batches < 5000; ) {
        batches += batchesUntilDue(count);
        tryOut(count, slots);
      }
      expect(batches).toBeLessThan(1500);
    }
  });

  it('are doubted soon when many calls in a row are slow, which teach nothing until then', () => {
    const count = learned(2);
    const taught = Array.from({ length: 10 }, () => count.teaches(20, 10));
    expect(taught.indexOf(true)).toBe(7);
    expect(batchesUntilDue(count)).toBeLessThanOrEqual(16);
    expect(count.burst(64)).toMatchObject({ calls: 1 });
    expect(new SlotCount(2).teaches(20, 10)).toBe(true);
    expect(new SlotCount(null).teaches(13, 10)).toBe(true);
  });

  it('that are used are doubted, where there are fewer requests', () => {
    const count = learned(8);
    for (let trials = 0; trials < 6; trials++) {
      batchesUntilDue(count);
      tryOut(count, 1, 4);
    }
    expect(count.slots).toBe(1);
  });

  it('are not tried out with one request', () => {
    const count = foundOne();
    expect(count.burst(1)).toBeNull();
    expect(batchesUntilDue(count)).toBe(8);
  });
});
