// Calls that the runtime never answers, or answers much later than ever: who else has to wait for them?
import { describe, expect, it } from 'vitest';
import { adaptiveScenario } from './runs.ts';

const runtime = { overheadMs: 5, rowMs: 0.2 };

/** Rows in a millisecond of an open loop of 0.5, long after so many calls were never answered. */
function rateAfter(hung: number, slots: number, told: number | null): number {
  const scenario = adaptiveScenario({ runtime: { ...runtime, slots }, maxLatencyMs: 50, slots: told });
  scenario.poisson({ perMs: 0.5, untilMs: 16_000 });
  scenario.run(2000);
  const { runtime: simulated } = scenario;
  const run = simulated.run.bind(simulated);
  let left = hung;
  simulated.run = (atMs, rows, done) => (left-- > 0 ? undefined : run(atMs, rows, done));
  scenario.run(16_000);
  return scenario.rate(14_000, 16_000);
}

describe('calls that are never answered', () => {
  it.each([
    [1, 1, 1],
    [1, 1, null],
    [3, 1, 1],
    [2, 2, 2],
    [2, 2, null],
    [4, 4, 4],
  ])('do not keep others waiting for ever: %d hung, %d slots, told %s', (hung, slots, told) => {
    expect(rateAfter(hung, slots, told)).toBeGreaterThan(0.45);
  });

  it('wake the queue when the oldest is overdue, and only then', () => {
    const scenario = adaptiveScenario({ runtime: { ...runtime, slots: 1 }, maxLatencyMs: 50 });
    scenario.runtime.run = () => undefined;
    scenario.client();
    scenario.client({ fromMs: 100 });
    scenario.run(5000);
    expect(scenario.batches.map(({ rows }) => rows)).toEqual([1, 1]);
    expect(scenario.batches[1]?.atMs).toBeCloseTo(1000, -1);
  });

  it('are sent ever more seldom when nothing is answered at all', () => {
    const scenario = adaptiveScenario({ runtime: { ...runtime, slots: 1 }, maxLatencyMs: 50, slots: null });
    scenario.runtime.run = () => undefined;
    for (let i = 0; i < 200; i++) scenario.client({ fromMs: i });
    scenario.run(60_000);
    expect(scenario.batches.length).toBeLessThanOrEqual(6);
  });
});

describe('a runtime that is suddenly slow', () => {
  it.each([5, 50, 300])('%d times gets few calls more than it has slots, and is fitted again', (factor) => {
    for (const told of [1, null]) {
      const scenario = adaptiveScenario({ runtime: { ...runtime, slots: 1 }, maxLatencyMs: 50, slots: told });
      for (let i = 0; i < 16; i++) scenario.client();
      scenario.run(2000);
      scenario.slowFactor = factor;
      const slowMs = factor * (5 + 0.2 * 16);
      scenario.run(2000 + 100 * slowMs);
      const recent = scenario.batches.filter(({ atMs }) => atMs > 2000);
      expect(Math.max(...recent.map(({ inFlight }) => inFlight)), `told ${told}`).toBeLessThan(6);
      const { overheadMs = 0, rowMs = 0 } = scenario.agent.policy.fit ?? {};
      expect((overheadMs + 16 * rowMs) / slowMs, `told ${told}`).toBeGreaterThan(0.5);
      expect((scenario.rate(2000 + 60 * slowMs, 2000 + 100 * slowMs) * slowMs) / 16, `told ${told}`).toBeGreaterThan(
        0.75,
      );
    }
  });
});
