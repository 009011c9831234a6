import { describe, expect, it } from 'vitest';
import { ConnectionGrowth } from '../../../src/storage/download/connection-growth.ts';

/** A store that gives `perConnection` bytes a millisecond to each connection, up to `most` in all. */
function pullFor(
  growth: ConnectionGrowth,
  { ms, perConnection, most }: { ms: number; perConnection: number; most: number },
) {
  let totalBytes = 0;
  for (let nowMs = 0; nowMs <= ms; nowMs += 20) {
    growth.look({ totalBytes, nowMs, busy: true });
    totalBytes += 20 * Math.min(most, growth.wanted * perConnection);
  }
  return growth.wanted;
}

const range = { minConnections: 8, maxConnections: 64 };

describe('the number of connections', () => {
  it('grows to its most while each brings as much as the others', () => {
    expect(pullFor(new ConnectionGrowth(range), { ms: 1000, perConnection: 90, most: 1e9 })).toBe(64);
  });

  it('goes back to where more brought nothing', () => {
    expect(pullFor(new ConnectionGrowth(range), { ms: 2000, perConnection: 100, most: 1600 })).toBe(16);
    expect(pullFor(new ConnectionGrowth(range), { ms: 2000, perConnection: 100, most: 100 })).toBe(8);
  });

  it('does not go back for one window that was short of bytes', () => {
    const growth = new ConnectionGrowth(range);
    for (const [nowMs, totalBytes] of [
      [0, 0],
      [60, 600],
      [120, 1800],
      [180, 1800 + 60],
      [240, 1800 + 60 + 2400],
    ] as const) {
      growth.look({ totalBytes, nowMs, busy: true });
    }
    expect(growth.wanted).toBe(64);
  });

  it('does not grow while some of them have nothing to do', () => {
    const growth = new ConnectionGrowth(range);
    for (let nowMs = 0; nowMs < 1000; nowMs += 20) growth.look({ totalBytes: nowMs * 1000, nowMs, busy: false });
    expect(growth.wanted).toBe(8);
  });

  it('is halved when the store asks for mercy, once for a burst of refusals, and never below the least', () => {
    const growth = new ConnectionGrowth(range);
    pullFor(growth, { ms: 1000, perConnection: 90, most: 1e9 });
    growth.slowDown(5000);
    growth.slowDown(5001);
    expect(growth.wanted).toBe(32);
    for (let nowMs = 10_000; nowMs < 60_000; nowMs += 5000) growth.slowDown(nowMs);
    expect(growth.wanted).toBe(8);
  });

  it('is halved although it had only just stopped growing', () => {
    const growth = new ConnectionGrowth(range);
    const wanted = pullFor(growth, { ms: 1000, perConnection: 100, most: 3200 });
    growth.slowDown(1001);
    expect(growth.wanted).toBe(wanted / 2);
  });

  it('is never more than its most, even at the start', () => {
    expect(new ConnectionGrowth({ minConnections: 8, maxConnections: 3 }).wanted).toBe(3);
  });
});
