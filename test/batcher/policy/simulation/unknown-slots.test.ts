// Nobody tells how many calls the runtime works on at once, it is slow at first, the machine is noisy: what is that worth?
import { describe, expect, it } from 'vitest';
import { adaptiveScenario } from './runs.ts';
import type { RuntimeOptions } from './scenario.ts';

/** Rows in a millisecond when 3 seconds and the slow first calls have passed; and the slots that were learned. */
function rate(runtime: RuntimeOptions, clients: number, slots: number | null): { perMs: number; learned: number } {
  const scenario = adaptiveScenario({ runtime, maxLatencyMs: 50, slots });
  scenario.stalls(50);
  for (let i = 0; i < clients; i++) scenario.client();
  const fromMs = 3000 + 80 * (runtime.overheadMs + runtime.rowMs * Math.min(32, clients));
  scenario.run(fromMs + 4000);
  return { perMs: scenario.rate(fromMs, fromMs + 4000), learned: scenario.agent.policy.fit?.slots ?? 0 };
}

const rough = { noise: 0.1, slowShare: 0.02, cold: { factor: 3, calls: 20 } };

describe('slots that nobody tells', () => {
  it.each([
    [5, 0.2],
    [2, 1],
    [0.2, 2],
  ])('cost less than a tenth on a noisy machine with a slow start: a=%d c=%d', (overheadMs, rowMs) => {
    for (const slots of [1, 2, 4]) {
      for (const clients of [4, 16, 64]) {
        const runtime = { overheadMs, rowMs, slots, ...rough };
        const told = rate(runtime, clients, slots).perMs;
        expect(rate(runtime, clients, null).perMs / told, `${slots} slots, ${clients} clients`).toBeGreaterThan(0.9);
      }
    }
  });

  it('are one where all calls share one processor, although all are worked on at once', () => {
    for (const clients of [4, 16, 64]) {
      const runtime = { overheadMs: 5, rowMs: 0.2, slots: 1, shared: true, ...rough };
      expect(rate(runtime, clients, null).learned, `${clients} clients`).toBe(1);
    }
  });

  it('are as many as there are requests where each call is free', () => {
    for (const clients of [4, 16, 64]) {
      const runtime = { overheadMs: 5, rowMs: 0.2, slots: 1000, ...rough };
      expect(rate(runtime, clients, null).learned, `${clients} clients`).toBe(clients);
    }
  });

  it.each([
    [2, 1],
    [4, 1],
    [4, 2],
  ])('are found within two seconds when they become fewer: %d, then %d', (before, after) => {
    for (const [overheadMs, rowMs] of [
      [5, 0.2],
      [2, 1],
    ] as const) {
      for (const clients of [16, 64]) {
        const runtime = { overheadMs, rowMs, slots: before, noise: 0.2, slowShare: 0.03 };
        const scenario = adaptiveScenario({ runtime, maxLatencyMs: 50, slots: null });
        for (let i = 0; i < clients; i++) scenario.client();
        scenario.run(20_000);
        scenario.runtime.slots = after;
        scenario.run(22_000);
        expect(scenario.agent.policy.fit?.slots, `a=${overheadMs}, ${clients} clients`).toBe(after);
      }
    }
  });
});
