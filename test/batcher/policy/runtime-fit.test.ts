import { describe, expect, it } from 'vitest';
import { BatchTimes } from '../../../src/batcher/policy/runtime-fit.ts';

const learned = (batches: number, take: (i: number) => readonly [rows: number, ms: number]): BatchTimes => {
  const times = new BatchTimes();
  for (let i = 0; i < batches; i++) times.learn(...take(i));
  return times;
};

describe('the fit', () => {
  it('is nothing before the first batch', () => {
    const times = new BatchTimes();
    expect(times).toMatchObject({ learned: false, overheadMs: 0, rowMs: 0 });
    expect(times.expectedMs(32)).toBe(0);
  });

  it('finds the line that batches of several sizes lie on', () => {
    const times = learned(200, (i) => [1 + (i % 32), 5 + 0.2 * (1 + (i % 32))]);
    expect(times.overheadMs).toBeCloseTo(5, 0);
    expect(times.expectedMs(32)).toBeCloseTo(11.4, 0);
  });

  it('takes half of the time for overhead as long as it saw one size', () => {
    const times = learned(50, () => [16, 8]);
    expect(times.overheadMs).toBeCloseTo(4, 6);
    expect(times.expectedMs(16)).toBeCloseTo(8, 6);
  });

  it('remembers the other sizes while it sees one', () => {
    const times = learned(500, (i) => (i < 100 ? [1 + (i % 32), 6 + (i % 32) / 5] : [32, 12.2]));
    expect(times.overheadMs).toBeGreaterThan(4);
    expect(times.overheadMs).toBeLessThan(8);
  });

  it('is hardly moved by one stalled batch', () => {
    const times = learned(101, (i) => [8, i === 100 ? 5000 : 6]);
    expect(times.expectedMs(8)).toBeLessThan(7);
  });

  it('forgets slow first calls', () => {
    const times = learned(4, (i) => [8, i === 0 ? 900 : 6]);
    expect(times.expectedMs(8)).toBeCloseTo(6, 6);
  });

  it('follows a runtime that became slower', () => {
    const times = learned(300, (i) => [8, i < 100 ? 6 : 60]);
    expect(times.expectedMs(8)).toBeGreaterThan(55);
  });

  it('never has a negative part, whatever the times', () => {
    for (const take of [(rows: number) => 100 - rows, (rows: number) => rows * rows, () => 0]) {
      const times = learned(64, (i) => [1 + (i % 64), take(1 + (i % 64))]);
      expect(times.overheadMs).toBeGreaterThanOrEqual(0);
      expect(times.rowMs).toBeGreaterThanOrEqual(0);
    }
  });

  it('is void when it was told to forget', () => {
    const times = learned(9, () => [4, 4]);
    times.forget();
    expect(times).toMatchObject({ learned: false, overheadMs: 0, rowMs: 0 });
  });
});
