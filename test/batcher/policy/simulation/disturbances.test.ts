// What happens in real life: loads that jump, clients that leave, calls that fail, a million requests.
import { describe, expect, it } from 'vitest';
import { seed } from '../../../support/seed.ts';
import { adaptiveScenario, closedLoopRate, maxRows } from './runs.ts';

const runtime = { overheadMs: 5, rowMs: 0.2, slots: 1 };

describe('an idle runtime', () => {
  it('gets a lone request in the turn in which it arrived', () => {
    const scenario = adaptiveScenario({ runtime, maxLatencyMs: 5000 });
    closedLoopRate(scenario, 1, 2000);
    expect(scenario.batches.length).toBeGreaterThan(300);
    expect(scenario.batches.filter(({ heldMs, rows }) => heldMs !== 0 || rows !== 1)).toEqual([]);
    expect(new Set(scenario.batches.map(({ reason }) => reason))).toEqual(new Set(['idle']));
  });

  it('gets the first request of all at once, when nothing is known yet', () => {
    const scenario = adaptiveScenario({ runtime, maxLatencyMs: 5000, slots: null });
    scenario.client({ untilMs: 1 });
    scenario.run(100);
    expect(scenario.batches).toMatchObject([{ heldMs: 0, rows: 1, reason: 'idle' }]);
  });
});

describe('a load that changes', () => {
  it('is served at the full rate at once: 4 clients, then 64, then 4', () => {
    const scenario = adaptiveScenario({ runtime, maxLatencyMs: 50 });
    for (let i = 0; i < 4; i++) scenario.client();
    for (let i = 0; i < 60; i++) scenario.client({ fromMs: 1000, untilMs: 2000 });
    scenario.run(3000);
    expect(scenario.rate(200, 1000)).toBeGreaterThan((0.93 * 4) / 5.8);
    expect(scenario.rate(1020, 1220)).toBeGreaterThan((0.93 * 32) / 11.4);
    expect(scenario.rate(2040, 2240)).toBeGreaterThan((0.9 * 4) / 5.8);
  });

  it('of a runtime that became five times slower is fitted again', () => {
    for (const slots of [1, null]) {
      const scenario = adaptiveScenario({ runtime, maxLatencyMs: 50, slots });
      for (let i = 0; i < 16; i++) scenario.client();
      scenario.run(1000);
      scenario.slowFactor = 5;
      scenario.run(9000);
      const { overheadMs = 0, rowMs = 0 } = scenario.agent.policy.fit ?? {};
      const expectedMs = 5 * (5 + 0.2 * 16);
      expect(Math.abs(overheadMs + rowMs * 16 - expectedMs) / expectedMs).toBeLessThan(0.2);
      expect(scenario.rate(5000, 9000)).toBeGreaterThan((0.9 * 16) / expectedMs);
    }
  });
});

describe('with any load', () => {
  const loads = [
    { clients: 3, perMs: 0.05, slots: 1, maxLatencyMs: 5 },
    { clients: 20, perMs: 0.3, slots: 1, maxLatencyMs: 2 },
    { clients: 40, perMs: 0.3, slots: 2, maxLatencyMs: 5 },
    { clients: 10, perMs: 1, slots: 3, maxLatencyMs: 50 },
    { clients: 90, perMs: 0, slots: 2, maxLatencyMs: 20 },
  ];

  it.each(loads)('nobody waits longer than the limit while a slot is free: %o', (load) => {
    const { clients, perMs, slots, maxLatencyMs } = load;
    for (const told of [slots, null]) {
      const slow = { ...runtime, slots, slowShare: 0.1, failedShare: 0.05 };
      const scenario = adaptiveScenario({ runtime: slow, maxLatencyMs, slots: told, seed });
      for (let i = 0; i < clients; i++) {
        const thinks = i % 3 === 0;
        scenario.client({
          thinkMs: () => (thinks ? scenario.exponential(10) : 0),
          rows: () => (i % 5 === 0 ? 1 + Math.floor(scenario.random() * maxRows) : 1),
        });
      }
      if (perMs > 0) scenario.poisson({ perMs, untilMs: 2000 });
      scenario.run(2000);
      expect(scenario.batches.length).toBeGreaterThan(100);
      // A timer has whole milliseconds and comes after what the thread is doing. Slots that are not known are not free.
      const late = scenario.batches.filter(({ heldMs, inFlight }) => inFlight < slots && heldMs > maxLatencyMs + 3);
      const early = scenario.batches.filter(({ inFlight }) => inFlight > slots);
      if (told !== null) expect([...late, ...early]).toEqual([]);
      expect(scenario.batches.filter(({ rows }) => rows > maxRows)).toEqual([]);
    }
  });

  it('clients may leave at any time, before the send and after it', () => {
    const scenario = adaptiveScenario({ runtime: { ...runtime, failedShare: 0.1 }, maxLatencyMs: 20, seed });
    const { agent, timeline } = scenario;
    let left = 0;
    const visit = (atMs: number): void => {
      const source = agent.policy.openSource();
      scenario.request(atMs, source, 1 + Math.floor(scenario.random() * 4), (doneMs) => {
        if (scenario.random() < 0.3) agent.policy.closeSource(source);
        else timeline.at(doneMs, () => scenario.request(doneMs, source, 1, () => agent.policy.closeSource(source)));
      });
      if (scenario.random() < 0.4) {
        timeline.at(atMs + scenario.random() * 15, () => {
          if (agent.leave(source)) left++;
        });
      }
    };
    for (let i = 0; i < 3000; i++) timeline.at(i, () => visit(i));
    scenario.run(4000);
    expect(left).toBeGreaterThan(50);
    expect(agent.waitingRows).toBe(0);
    expect(agent.policy.decide(5000, false).rows).toBe(0);
    expect(agent.policy.wakeMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('calls that all fail teach nothing, and hold nobody up', () => {
    const scenario = adaptiveScenario({
      runtime: { ...runtime, slots: 8, failedShare: 1 },
      maxLatencyMs: 50,
      slots: null,
    });
    closedLoopRate(scenario, 8, 1000);
    expect(scenario.agent.policy.fit).toBeNull();
    expect(scenario.rate(0, 1000)).toBeGreaterThan((0.9 * 8) / 5.7);
  });
});
