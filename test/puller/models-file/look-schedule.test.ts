import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LookSchedule } from '../../../src/puller/models-file/look-schedule.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const hourMs = 3_600_000;

/** Notes when each look began; a look takes `tookMs`. */
function scheduled({ checkMs = hourMs, tookMs = 0 } = {}) {
  const startMs = performance.now();
  const looks: number[] = [];
  const look = async () => {
    looks.push(performance.now() - startMs);
    if (tookMs > 0) await new Promise((resolve) => setTimeout(resolve, tookMs));
  };
  return { looks, schedule: new LookSchedule({ look, checkMs }) };
}

describe('the schedule of looks', () => {
  it('does nothing until it is asked', async () => {
    const { looks } = scheduled();
    await vi.advanceTimersByTimeAsync(hourMs * 2);
    expect(looks).toEqual([]);
  });

  it('looks once and soon after the hints of one change', async () => {
    const { looks, schedule } = scheduled();
    for (let n = 0; n < 5; n += 1) schedule.hint();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(looks).toEqual([20]);
  });

  it('looks at most ten times a second, and once more behind the last hint', async () => {
    const { looks, schedule } = scheduled();
    for (let n = 0; n < 1_000; n += 1) {
      schedule.hint();
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(looks.length).toBeGreaterThan(5);
    expect(looks.length).toBeLessThanOrEqual(13);
    await vi.advanceTimersByTimeAsync(100);
    expect(looks.at(-1)).toBeGreaterThan(1_000);
  });

  it('looks again when a hint came during a look, and never twice at once', async () => {
    const { looks, schedule } = scheduled({ tookMs: 50 });
    schedule.within(0);
    await vi.advanceTimersByTimeAsync(10);
    schedule.hint();
    await vi.advanceTimersByTimeAsync(39);
    expect(looks).toEqual([0]);
    await vi.advanceTimersByTimeAsync(500);
    expect(looks).toHaveLength(2);
  });

  it('leaves most of the time to others when looks take long', async () => {
    const { looks, schedule } = scheduled({ tookMs: 100 });
    for (let n = 0; n < 5_000; n += 10) {
      schedule.hint();
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(looks.length).toBeLessThanOrEqual(11);
  });

  it('looks from time to time without a hint', async () => {
    const { looks, schedule } = scheduled({ checkMs: 10_000 });
    schedule.within(0);
    await vi.advanceTimersByTimeAsync(35_000);
    expect(looks).toEqual([0, 10_000, 20_000, 30_000]);
  });

  it('does not look later because somebody asks for a later look', async () => {
    const { looks, schedule } = scheduled();
    schedule.hint();
    schedule.within(400);
    await vi.advanceTimersByTimeAsync(300);
    expect(looks).toEqual([20]);
  });

  it('ends when the look under way has ended, and looks no more', async () => {
    const { looks, schedule } = scheduled({ tookMs: 50, checkMs: 100 });
    schedule.within(0);
    await vi.advanceTimersByTimeAsync(10);
    let ended = false;
    void schedule[Symbol.asyncDispose]().then(() => {
      ended = true;
    });
    await vi.advanceTimersByTimeAsync(30);
    expect(ended).toBe(false);
    await vi.advanceTimersByTimeAsync(20);
    expect(ended).toBe(true);
    schedule.hint();
    await vi.advanceTimersByTimeAsync(hourMs);
    expect(looks).toEqual([0]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
