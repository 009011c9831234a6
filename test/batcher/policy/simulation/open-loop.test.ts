// Clients that do not wait for one another: the policy must not hold for those who will not come.
import { describe, expect, it } from 'vitest';
import { openLoopBoundMs } from './ideal.ts';
import { adaptiveScenario, maxRows, windowScenario } from './runs.ts';

const runtime = { overheadMs: 5, rowMs: 0.2, slots: 1 };
const runMs = 12_000;
const perMs = (load: number): number => (load * maxRows) / (runtime.overheadMs + runtime.rowMs * maxRows);

describe('an open loop', () => {
  for (const lifo of [false, true]) {
    it.each([0.2, 0.5, 0.8, 0.9])(
      `at load %d is answered in 1.12 times the bound${lifo ? ', the last free connection first' : ''}`,
      (load) => {
        const scenario = adaptiveScenario({ runtime, maxLatencyMs: 50 });
        scenario.poisson({ perMs: perMs(load), untilMs: runMs, lifo });
        scenario.run(runMs);
        expect(scenario.answers.length).toBeGreaterThan(0.9 * perMs(load) * runMs);
        expect(scenario.meanMs(1000) / openLoopBoundMs(runtime, perMs(load))).toBeLessThan(1.12);
      },
    );
  }

  it('is answered far sooner than by the window at low load', () => {
    const mean = (scenario: ReturnType<typeof adaptiveScenario> | ReturnType<typeof windowScenario>): number => {
      scenario.poisson({ perMs: perMs(0.2), untilMs: runMs });
      return scenario.run(runMs).meanMs(1000);
    };
    const load = { runtime, maxLatencyMs: 50 };
    expect(mean(adaptiveScenario(load))).toBeLessThan(mean(windowScenario(load)) / 3);
  });

  it('sends a burst as one batch: its first does not leave alone', () => {
    const scenario = adaptiveScenario({ runtime, maxLatencyMs: 50 });
    scenario.poisson({ perMs: 0.1, burst: 4, untilMs: runMs });
    scenario.run(runMs);
    expect(scenario.meanMs(1000)).toBeLessThan(7.2);
  });

  it('beside a closed one takes little from it, and is answered as soon', () => {
    const scenario = adaptiveScenario({ runtime, maxLatencyMs: 50 });
    for (let i = 0; i < 16; i++) scenario.client();
    scenario.poisson({ perMs: 0.4, untilMs: 4000 });
    scenario.run(4000);
    // A batch has 16 rows and those that arrive meanwhile: t = 5 + 0.2 * (16 + 0.4 t) = 8.9 ms, and 0.9 to come back.
    expect(scenario.rate(1000, 4000)).toBeGreaterThan(0.95 * (16 / 9.8 + 0.4));
    expect(scenario.meanMs(1000)).toBeLessThan(9.8 * 1.15);
  });

  it('of clients that think for a while comes near the best of waiting and going', () => {
    for (const [clients, thinkMs] of [
      [4, 10],
      [16, 5],
      [64, 20],
    ] as const) {
      const scenario = adaptiveScenario({ runtime, maxLatencyMs: 50 });
      for (let i = 0; i < clients; i++) scenario.client({ thinkMs: () => scenario.exponential(thinkMs) });
      scenario.run(6000);
      const lone = runtime.overheadMs + runtime.rowMs * clients;
      // Greedy: half a batch of others to wait for, and the own one.
      expect(scenario.rate(1000, 6000)).toBeGreaterThan((0.95 * clients) / (thinkMs + 1.5 * lone));
    }
  });
});
