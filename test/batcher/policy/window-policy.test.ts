import { describe, expect, it } from 'vitest';
import { openWindowPolicy } from '../../../src/batcher/policy/window-policy.ts';

describe('the window', () => {
  const open = () => openWindowPolicy({ maxRows: 4, maxLatencyMs: 10 });

  it('sends when the rows are full, whatever the runtime does', () => {
    const policy = open();
    policy.arrived(0, null, 3);
    expect(policy.decide(0, false).rows).toBe(0);
    expect(policy.wakeMs).toBe(10);
    policy.arrived(1, null, 1);
    expect(policy.decide(1, false)).toEqual({ rows: 4, targetRows: 4, reason: 'full' });
    policy.sent(1, 4, null);
    policy.arrived(2, null, 4);
    expect(policy.decide(2, false)).toMatchObject({ rows: 4, reason: 'full' });
  });

  it('sends what fits when the next request would not', () => {
    const policy = open();
    policy.arrived(0, null, 3);
    policy.arrived(4, null, 2);
    expect(policy.decide(4, false)).toMatchObject({ rows: 4, reason: 'full' });
    policy.sent(4, 3, 4);
    expect(policy.decide(4, false).rows).toBe(0);
    expect(policy.wakeMs).toBe(14);
  });

  it('sends when the bytes are full', () => {
    const policy = open();
    policy.arrived(0, null, 1);
    expect(policy.decide(0, true)).toMatchObject({ rows: 4, reason: 'full' });
  });

  it('sends when the oldest has waited long enough, and wakes for nobody', () => {
    const policy = open();
    expect(policy.wakeMs).toBe(Number.POSITIVE_INFINITY);
    policy.arrived(5, null, 1);
    policy.arrived(9, null, 1);
    expect(policy.decide(14.9, false).rows).toBe(0);
    expect(policy.decide(15, false)).toEqual({ rows: 4, targetRows: 4, reason: 'max_latency' });
    policy.sent(15, 2, null);
    expect(policy.wakeMs).toBe(Number.POSITIVE_INFINITY);
    expect(policy.decide(99, false).rows).toBe(0);
  });

  it('forgets those that left, and takes a new limit of rows', () => {
    const policy = open();
    policy.arrived(0, null, 3);
    policy.arrived(2, null, 1);
    policy.withdrawn(3, 3, 2);
    expect(policy.decide(3, false).rows).toBe(0);
    expect(policy.wakeMs).toBe(12);
    policy.limit(1, null);
    expect(policy.decide(3, false)).toEqual({ rows: 1, targetRows: 1, reason: 'full' });
  });
});
