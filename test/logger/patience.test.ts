import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Patience } from '../../src/logger/patience.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('does each work once, not before its time and before twice of it, and has no timer while it has no work', () => {
  const patience = new Patience(5);
  const done: string[] = [];
  expect(vi.getTimerCount()).toBe(0);
  patience.add(() => done.push('a'));
  vi.advanceTimersByTime(4);
  patience.add(() => done.push('b'));
  vi.advanceTimersByTime(5);
  patience.add(() => done.push('c'));
  expect(done).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(done).toEqual(['a', 'b']);
  vi.advanceTimersByTime(5);
  expect(done).toEqual(['a', 'b', 'c']);
  vi.advanceTimersByTime(10);
  expect([done.length, vi.getTimerCount()]).toEqual([3, 0]);
});
