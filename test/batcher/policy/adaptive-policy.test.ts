import { describe, expect, it } from 'vitest';
import { type AdaptivePolicy, openAdaptivePolicy } from '../../../src/batcher/policy/adaptive-policy.ts';

type Source = ReturnType<AdaptivePolicy['openSource']>;

/** Sends all that waits as one call, answered after t(rows) = 5 + 0.2 * rows; returns when. */
function call(policy: AdaptivePolicy, nowMs: number, sources: readonly Source[]): number {
  const flight = policy.sent(nowMs, sources.length, null);
  const doneMs = nowMs + 5 + 0.2 * sources.length;
  const members = sources.map((source) => ({ source, rows: 1 }));
  policy.answered(doneMs, flight, members, true);
  return doneMs;
}

/** So many clients that came back 0.3 ms after each of ten answers, answered now: they are expected. */
function trained(clients: number, slots = 1, maxLatencyMs = 50) {
  const policy = openAdaptivePolicy({ maxRows: 8, maxLatencyMs, slots });
  const sources = Array.from({ length: clients }, () => policy.openSource());
  let nowMs = 0;
  for (let i = 0; i < 10; i++) {
    for (const source of sources) policy.arrived(nowMs + 0.3, source, 1);
    nowMs = call(policy, nowMs + 0.3, sources);
  }
  return { policy, sources, nowMs };
}

/** Nobody told the slots, and calls were seen to slow each other. */
function foundOne(): AdaptivePolicy {
  const policy = openAdaptivePolicy({ maxRows: 8, maxLatencyMs: 50, slots: null });
  const send = () => {
    policy.arrived(-90, policy.openSource(), 1);
    return policy.sent(-90, 1, null);
  };
  for (let i = 0; i < 2; i++) policy.answered(-80, send(), [], true);
  for (let i = 0; i < 3; i++) {
    const first = send();
    const second = send();
    policy.answered(-80, first, [], true);
    policy.answered(-70, second, [], true);
  }
  return policy;
}

describe('a batch', () => {
  it('leaves at once when the runtime is idle and nobody is expected', () => {
    const policy = openAdaptivePolicy({ maxRows: 8, maxLatencyMs: 5000, slots: 1 });
    expect(policy.decide(0, false).rows).toBe(0);
    policy.arrived(0, policy.openSource(), 1);
    expect(policy.decide(0, false)).toEqual({ rows: 8, targetRows: 8, reason: 'idle' });
    expect(policy.wakeMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('waits for those who were just answered, and leaves when they are there', () => {
    const { policy, sources, nowMs } = trained(3);
    policy.arrived(nowMs + 0.2, sources[0] as Source, 1);
    expect(policy.decide(nowMs + 0.2, false).rows).toBe(0);
    expect(policy.wakeMs).toBeGreaterThanOrEqual(nowMs + 1.2);
    expect(policy.wakeMs).toBeLessThan(nowMs + 4);
    policy.arrived(nowMs + 0.3, sources[1] as Source, 1);
    policy.arrived(nowMs + 0.3, sources[2] as Source, 1);
    expect(policy.decide(nowMs + 0.3, false)).toMatchObject({ reason: 'released' });
  });

  it('leaves without those who closed', () => {
    const { policy, sources, nowMs } = trained(2);
    policy.arrived(nowMs + 0.2, sources[0] as Source, 1);
    expect(policy.decide(nowMs + 0.2, false).rows).toBe(0);
    policy.closeSource(sources[1] as Source);
    expect(policy.decide(nowMs + 0.25, false)).toMatchObject({ reason: 'released' });
  });

  it('leaves when the limit of waiting is over, counted from the later of its arrival and the last answer', () => {
    const { policy, sources, nowMs } = trained(3, 1, 1);
    policy.arrived(nowMs - 3, sources[0] as Source, 1);
    expect(policy.decide(nowMs, false).rows).toBe(0);
    expect(policy.wakeMs).toBe(nowMs + 1);
    expect(policy.decide(nowMs + 1, false)).toMatchObject({ rows: 8, reason: 'max_latency' });
  });

  it('leaves full, one goes ahead of a free slot, and no more', () => {
    const policy = openAdaptivePolicy({ maxRows: 8, maxLatencyMs: 50, slots: 1 });
    const source = policy.openSource();
    policy.arrived(0, source, 30);
    const reasons: string[] = [];
    for (let release = policy.decide(0, false); release.rows > 0; release = policy.decide(0, false)) {
      reasons.push(release.reason);
      policy.sent(0, release.targetRows, 0);
    }
    expect(reasons).toEqual(['full', 'ahead']);
  });

  it('that is full by bytes is full', () => {
    const { policy, sources, nowMs } = trained(3);
    policy.arrived(nowMs + 0.2, sources[0] as Source, 1);
    expect(policy.decide(nowMs + 0.2, false).rows).toBe(0);
    expect(policy.decide(nowMs + 0.2, true)).toMatchObject({ rows: 8, reason: 'full' });
  });

  it('that is not full waits for an answer when no slot is free', () => {
    const policy = openAdaptivePolicy({ maxRows: 8, maxLatencyMs: 5, slots: 1 });
    policy.arrived(0, policy.openSource(), 1);
    const flight = policy.sent(0, 1, null);
    policy.arrived(1, policy.openSource(), 1);
    expect(policy.decide(100, false).rows).toBe(0);
    expect(policy.wakeMs).toBe(1000); // the call is given up
    policy.answered(101, flight, [], false);
    expect(policy.decide(101, false)).toMatchObject({ reason: 'idle' });
  });

  it('takes an even share when several slots are free', () => {
    const policy = openAdaptivePolicy({ maxRows: 8, maxLatencyMs: 5, slots: 2 });
    for (let i = 0; i < 6; i++) policy.arrived(0, policy.openSource(), 1);
    expect(policy.decide(0, false)).toEqual({ rows: 8, targetRows: 3, reason: 'target' });
    policy.sent(0, 3, 0);
    expect(policy.decide(0, false)).toMatchObject({ targetRows: 3 });
  });

  it('goes as one half alone, then as two at once, as long as nobody told the slots', () => {
    const policy = foundOne();
    for (let i = 0; i < 4; i++) policy.arrived(0, policy.openSource(), 1);
    expect(policy.decide(0, false)).toEqual({ rows: 8, targetRows: 2, reason: 'probe' });
    const alone = policy.sent(0, 2, 0);
    expect(policy.decide(0, false).rows).toBe(0);
    policy.answered(10, alone, [], true);
    for (let i = 0; i < 2; i++) policy.arrived(10, policy.openSource(), 1);
    expect(policy.decide(10, false)).toEqual({ rows: 8, targetRows: 2, reason: 'probe' });
    policy.sent(10, 2, 0);
    expect(policy.decide(10, false)).toEqual({ rows: 8, targetRows: 2, reason: 'probe' });
    policy.sent(10, 2, null);
    policy.arrived(11, policy.openSource(), 1);
    expect(policy.decide(11, false).rows).toBe(0);
  });

  it('does not wait for a trial while a call is stuck', () => {
    const policy = foundOne();
    for (let i = 0; i < 6; i++) policy.arrived(0, policy.openSource(), 1);
    policy.decide(0, false);
    policy.answered(10, policy.sent(0, 3, 0), [], true);
    policy.decide(10, false);
    const stuck = policy.sent(10, 2, 0);
    policy.decide(10, false);
    const second = policy.sent(10, 1, null);
    policy.arrived(11, policy.openSource(), 8);
    expect(policy.decide(11, false).rows).toBe(0);
    expect(policy.wakeMs).toBeLessThan(400);
    policy.answered(20, second, [], true);
    expect(policy.decide(policy.wakeMs, false)).toMatchObject({ reason: 'ahead' });
    policy.sent(400, 8, null);
    policy.answered(500, stuck, [], true);
  });
});

describe('the policy', () => {
  it('forgets a hold whose requests were all taken back', () => {
    const { policy, sources, nowMs } = trained(3);
    policy.arrived(nowMs + 0.2, sources[0] as Source, 1);
    expect(policy.decide(nowMs + 0.2, false).rows).toBe(0);
    policy.withdrawn(nowMs + 0.3, 1, null);
    expect(policy.decide(nowMs + 0.3, false).rows).toBe(0);
    expect(policy.wakeMs).toBe(Number.POSITIVE_INFINITY);
    policy.arrived(nowMs + 900, sources[1] as Source, 1);
    expect(policy.decide(nowMs + 900, false)).toMatchObject({ reason: 'idle' });
  });

  it('takes new limits while it runs', () => {
    const { policy, sources, nowMs } = trained(3);
    policy.limit(2, 3);
    expect(policy.fit?.slots).toBe(3);
    policy.limit(2, 1);
    for (const source of sources.slice(0, 2)) policy.arrived(nowMs + 0.2, source, 1);
    expect(policy.decide(nowMs + 0.2, false)).toEqual({ rows: 2, targetRows: 2, reason: 'full' });
  });

  it('tells what it learned, and nothing from calls that failed', () => {
    const policy = openAdaptivePolicy({ maxRows: 8, maxLatencyMs: 5, slots: 2 });
    policy.arrived(0, policy.openSource(), 1);
    policy.answered(9, policy.sent(0, 1, null), [], false);
    expect(policy.fit).toBeNull();
    expect(trained(3).policy.fit).toMatchObject({ slots: 1 });
    const { overheadMs = 0, rowMs = 0 } = trained(3).policy.fit ?? {};
    expect(overheadMs + 3 * rowMs).toBeCloseTo(5.6, 6);
  });

  it('keeps no more after a million requests than after some: under full load, where nothing is ever held, too', () => {
    for (const clients of [4, 64]) {
      const { policy, sources } = trained(clients);
      let nowMs = 1e4;
      let most = 0;
      for (let requests = 0; requests < 5e5; requests += clients) {
        for (const source of sources) policy.arrived(nowMs, source, 1);
        // As full as it gets, nobody asks what to hold; else each is asked.
        if (clients === 4) policy.decide(nowMs, false);
        nowMs = call(policy, nowMs, sources);
        most = Math.max(most, policy.clients.size);
      }
      expect(most).toBeLessThan(400);
      expect(policy.clients.expectedRows).toBeCloseTo(clients, 6);
    }
  });
});
