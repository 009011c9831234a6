import { describe, expect, it } from 'vitest';
import { CallsUnderWay } from '../../../src/batcher/policy/calls-under-way.ts';

const quick = () => 5;

describe('a call that is never answered', () => {
  it('is given up after a second, and frees its slot for the one that was sent ahead', () => {
    const calls = new CallsUnderWay();
    const hung = calls.sent(0, 3, 1);
    const ahead = calls.sent(0, 2, 1);
    expect(calls.giveUp(999, 1, quick)).toBe(1000);
    expect(hung.givenUp).toBe(false);
    calls.giveUp(1000, 1, quick);
    expect(calls).toMatchObject({ calls: 1, rows: 2 });
    expect(hung.givenUp).toBe(true);
    expect(ahead.startedMs).toBe(1000);
  });

  it('is over when it is answered all the same', () => {
    const calls = new CallsUnderWay();
    const hung = calls.sent(0, 3, 1);
    calls.giveUp(1000, 1, quick);
    calls.sent(1000, 1, 1);
    calls.answered(1500, hung, 1);
    expect(calls).toMatchObject({ calls: 1, rows: 1 });
  });

  it('has eight times as long as it should take, if that is more', () => {
    const calls = new CallsUnderWay();
    calls.sent(100, 10, 1);
    expect(calls.giveUp(200, 1, (rows) => rows * 20)).toBe(1700);
  });
});

describe('a runtime', () => {
  it('that stands still gets one call more, each time after twice as long', () => {
    const calls = new CallsUnderWay();
    let nowMs = 0;
    const pauses = [1, 2, 3, 4].map(() => {
      calls.sent(nowMs, 1, 1);
      const endMs = calls.giveUp(nowMs, 1, quick);
      const pauseMs = endMs - nowMs;
      nowMs = endMs;
      calls.giveUp(nowMs, 1, quick);
      return pauseMs;
    });
    expect(pauses).toEqual([1000, 2000, 4000, 8000]);
  });

  it('that is slow is given more time, until it is quick again', () => {
    const calls = new CallsUnderWay();
    const late = calls.sent(0, 1, 1);
    calls.giveUp(1000, 1, quick);
    calls.answered(3000, late, 1);
    const next = calls.sent(3000, 1, 1);
    expect(calls.giveUp(3000, 1, quick)).toBe(9000);
    calls.answered(3010, next, 1);
    for (let i = 0; i < 20; i++) calls.answered(4000, calls.sent(4000, 1, 1), 1);
    calls.sent(4000, 1, 1);
    expect(calls.giveUp(4000, 1, quick)).toBe(5000);
  });

  it('without calls has none to give up', () => {
    expect(new CallsUnderWay().giveUp(0, 1, quick)).toBe(Number.POSITIVE_INFINITY);
  });
});
