import { describe, expect, it } from 'vitest';
import { SlotCount } from '../../src/batcher/slot-count.ts';

const yes = { tookMs: 10, waitedMs: 10, expectedMs: 10 };
const no = { tookMs: 20, waitedMs: 10, expectedMs: 10 };
const quick = { full: true, tookMs: 10, expectedMs: 10 };
const slow = { full: true, tookMs: 20, expectedMs: 10 };

function batchesUntilProbe(count: SlotCount): number {
  for (let batches = 1; ; batches++) {
    count.sent();
    if (count.takesProbe()) return batches;
    if (batches > 1000) return Number.POSITIVE_INFINITY;
  }
}

describe('slots that are told', () => {
  it('are not probed, not judged, and full batches may go ahead at once', () => {
    const count = new SlotCount(2);
    expect(batchesUntilProbe(count)).toBe(Number.POSITIVE_INFINITY);
    count.judge(yes);
    count.judge(yes);
    expect(count.slots).toBe(2);
    expect(count.mayGoAhead()).toBe(true);
    for (let i = 0; i < 20; i++) expect(count.teaches(slow)).toBe(true);
    expect(count.startsAnew()).toBe(false);
  });

  it('later replace those that were learned, and stay when nobody tells any more', () => {
    const count = new SlotCount(null);
    count.tell(3);
    expect(count).toMatchObject({ slots: 3, learning: false });
    count.tell(null);
    expect(count).toMatchObject({ slots: 3, learning: true });
  });
});

describe('slots that are learned', () => {
  it('begin with one, and become one more when two early calls in a row say so', () => {
    const count = new SlotCount(null);
    count.judge(yes);
    count.judge(no);
    count.judge(yes);
    expect(count.slots).toBe(1);
    count.judge(yes);
    expect(count.slots).toBe(2);
  });

  it('are not judged by a call that hardly waited', () => {
    const count = new SlotCount(null);
    for (let i = 0; i < 9; i++) count.judge({ ...yes, waitedMs: 2 });
    expect(count.slots).toBe(1);
  });

  it('are probed each 8th batch, and less and less often while the answer is no', () => {
    const count = new SlotCount(null);
    const pauses = Array.from({ length: 8 }, () => {
      const batches = batchesUntilProbe(count);
      count.judge(no);
      return batches;
    });
    expect(pauses).toEqual([8, 16, 32, 64, 128, 256, 256, 256]);
    count.judge(yes);
    expect(batchesUntilProbe(count)).toBe(8);
  });

  it('let a full batch go ahead only when three were seen alone, and each 32nd waits', () => {
    const count = new SlotCount(null);
    count.sent();
    for (let i = 0; i < 3; i++) {
      expect(count.mayGoAhead()).toBe(false);
      count.teaches(quick);
    }
    let waits = 0;
    for (let i = 0; i < 320; i++) {
      count.sent();
      if (!count.mayGoAhead()) waits++;
    }
    expect(waits).toBe(10);
  });

  it('are one again, and all is void, when eight calls in a row are slow', () => {
    const count = new SlotCount(null);
    count.judge(yes);
    count.judge(yes);
    for (let i = 0; i < 7; i++) expect(count.teaches(slow)).toBe(false);
    expect(count.teaches(quick)).toBe(true);
    for (let i = 0; i < 8; i++) {
      expect(count.startsAnew()).toBe(false);
      count.teaches(slow);
    }
    expect(count.startsAnew()).toBe(true);
    expect(count.slots).toBe(1);
    expect(count.mayGoAhead()).toBe(false);
  });

  it('ask for room when a probe of more than two is due, and give up after a while', () => {
    const count = new SlotCount(null);
    count.judge(yes);
    count.judge(yes);
    const room = Array.from({ length: 40 }, () => {
      count.sent();
      return count.wantsRoom;
    });
    expect(room.indexOf(true)).toBe(7);
    expect(room.indexOf(false, 7)).toBe(15);
    expect(room.indexOf(true, 15)).toBe(31);
  });
});
