// Is memory used again only when it was given back, bounded, and let go when nobody needs it?
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BodyMemory } from '../../../src/batcher/body/body-memory.ts';

const mib = 1024 * 1024;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('taking', () => {
  it('gives what was given back to a body of about that length, and to one only', () => {
    const memory = new BodyMemory();
    const first = memory.take(2_900_000);
    memory.giveBack(first);
    expect(memory.take(2_800_000)).toBe(first);
    expect(memory.take(2_800_000)).not.toBe(first);
    expect(memory.spareBytes).toBe(0);
  });

  it('never gives less than was asked for, nor a quarter more', () => {
    const memory = new BodyMemory();
    for (let bytes = 1; bytes < 100 * mib; bytes = Math.ceil(bytes * 1.07)) {
      const { length } = memory.take(bytes);
      expect(length).toBeGreaterThanOrEqual(bytes);
      expect(length).toBeLessThan(bytes * 1.25 + 1);
      if (bytes < 262_144) expect(length).toBe(bytes);
    }
  });

  it('gives nothing of another size', () => {
    const memory = new BodyMemory();
    const large = memory.take(8 * mib);
    memory.giveBack(large);
    expect(memory.take(mib).length).toBe(mib);
    expect(memory.spareBytes).toBe(8 * mib);
  });
});

describe('giving back', () => {
  it('keeps no small memory, and 64 MiB at the most', () => {
    const memory = new BodyMemory();
    memory.giveBack(memory.take(200_000));
    expect(memory.spareBytes).toBe(0);
    for (const taken of Array.from({ length: 10 }, () => memory.take(8 * mib))) memory.giveBack(taken);
    expect(memory.spareBytes).toBe(64 * mib);
  });

  it('lets go of what was spare for two rounds of the clock, then the clock too', () => {
    const memory = new BodyMemory();
    const [one, other] = [memory.take(mib), memory.take(mib)];
    memory.giveBack(one);
    memory.giveBack(other);
    vi.advanceTimersByTime(5_000);
    expect(memory.spareBytes).toBe(2 * mib);
    memory.giveBack(memory.take(mib)); // of the two, one is in use now and then
    vi.advanceTimersByTime(5_000);
    expect(memory.spareBytes).toBe(mib);
    vi.advanceTimersByTime(5_000);
    expect(memory.spareBytes).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    memory.giveBack(memory.take(mib));
    expect(memory.spareBytes).toBe(mib);
  });
});
