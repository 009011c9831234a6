import { describe, expect, it } from 'vitest';
import { SlotStart } from '../../../src/batcher/policy/slot-start.ts';

/** Calls that leave at once, as many as may be out, until there are fewer slots than calls. */
function found(slots: number, clients = 64): { slots: number | null; calls: number; start: SlotStart } {
  const start = new SlotStart();
  for (let calls = 0; calls < 300; ) {
    const out = Math.min(clients, start.window);
    for (let among = 1; among <= out; among++, calls++) {
      const verdict = start.answered(among, Math.max(1, among / slots));
      if (verdict !== null) return { slots: verdict, calls, start };
    }
  }
  return { slots: null, calls: 300, start };
}

describe('a new runtime', () => {
  it('gets two calls alone, and then four times as many at once as were found to be free', () => {
    const start = new SlotStart();
    const windows = [1, 1, 2, 3, 4].map((among) => {
      start.answered(among, 1);
      return start.window;
    });
    expect(windows).toEqual([1, 4, 4, 4, 16]);
    expect(start.proven).toBe(4);
  });

  it.each([1, 2, 4, 8, 12, 20])('shows about how many slots it has: %d', (slots) => {
    const verdict = found(slots);
    expect((verdict.slots ?? 0) / slots).toBeGreaterThan(0.7);
    expect((verdict.slots ?? 0) / slots).toBeLessThan(1.3);
    expect(verdict.calls).toBeLessThan(16 + 8 * slots);
  });

  it('with a slot for each call is never found to have too few', () => {
    expect(found(1000)).toMatchObject({ slots: null, start: { proven: 64, window: 64 } });
    expect(found(1000, 5)).toMatchObject({ slots: null, start: { proven: 5, window: 20 } });
  });

  it('is found to have one by two clients', () => {
    expect(found(1, 2).slots).toBe(1);
  });

  it('that fails holds nobody up, and is found out from the beginning when it works', () => {
    const start = new SlotStart();
    start.failed();
    start.failed();
    expect(start.window).toBe(64);
    expect(start.answered(30, 1)).toBeNull();
    expect(start).toMatchObject({ window: 1, proven: 1 });
  });
});
