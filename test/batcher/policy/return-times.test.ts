import { describe, expect, it } from 'vitest';
import { ReturnTimes } from '../../../src/batcher/policy/return-times.ts';

const prospect = { elapsedMs: 0, overheadMs: 5, expectedRows: 4, probability: 0.99, waitingRows: 4 };

function learned(...ms: readonly number[]): ReturnTimes {
  const times = new ReturnTimes();
  for (let i = 0; i < 200; i++) times.add(ms[i % ms.length] as number);
  return times;
}

describe('the wait', () => {
  it('is short for those who are back at once, and ends soon after they should be', () => {
    const waitMs = learned(0.4).bestWaitMs(prospect);
    expect(waitMs).toBeGreaterThanOrEqual(0.4);
    expect(waitMs).toBeLessThan(0.6);
  });

  it('is not begun when it costs more than an overhead saves', () => {
    expect(learned(20).bestWaitMs(prospect)).toBe(0);
    expect(learned(0.4).bestWaitMs({ ...prospect, overheadMs: 0.2 })).toBe(0);
    expect(learned(0.4).bestWaitMs({ ...prospect, waitingRows: 1000 })).toBe(0);
  });

  it('is not begun for those who hardly ever come', () => {
    expect(learned(0.4).bestWaitMs({ ...prospect, expectedRows: 0.2, probability: 0.05 })).toBe(0);
  });

  it('ends when all should have been back for long', () => {
    expect(learned(0.4).bestWaitMs({ ...prospect, elapsedMs: 31 })).toBe(0);
  });

  it('goes on for the slow ones of two kinds', () => {
    const times = learned(0.3, 4);
    expect(times.bestWaitMs({ ...prospect, elapsedMs: 1, waitingRows: 2 })).toBeGreaterThan(3);
    expect(times.bestWaitMs({ ...prospect, elapsedMs: 1, waitingRows: 20 })).toBe(0);
  });

  it('is one of a timer as long as no return was seen, and only if much is to be gained', () => {
    const times = new ReturnTimes();
    expect(times.bestWaitMs({ ...prospect, elapsedMs: Number.POSITIVE_INFINITY })).toBe(1.3);
    expect(times.bestWaitMs({ ...prospect, expectedRows: 1 })).toBe(0);
  });

  it('forgets what was long ago, and stays a number after a million returns', () => {
    const times = learned(20);
    for (let i = 0; i < 1e6; i++) times.add(0.4);
    expect(times.bestWaitMs(prospect)).toBeLessThan(0.6);
    for (let i = 0; i < 2000; i++) times.add(20);
    expect(times.bestWaitMs(prospect)).toBe(0);
  });
});
