// Nobody told the slots, and nothing was seen yet: how soon is a runtime used as if there were no batcher, or better?
import { describe, expect, it } from 'vitest';
import type { ReleasePolicy } from '../../../../src/batcher/policy/release-policy.ts';
import { adaptiveScenario, maxRows } from './runs.ts';
import { type RuntimeOptions, Scenario } from './scenario.ts';

/** All of them take 50 s, so `npm run test:full` has them (test/full/batching.ts). */
const all = process.env.SIMULATIONS === 'all';
const crowds = all ? [1, 4, 8, 16, 32, 64] : [1, 8, 32];
const runtimes = [
  [5, 0.2],
  [0.5, 0.5],
  [2, 1],
  [4, 0.1],
] as const;

/** No batcher: each request leaves at once. */
function unbatched(): ReleasePolicy<null> {
  let rows = 0;
  return {
    alone: false,
    openSource: () => null,
    closeSource: () => undefined,
    arrived: (_nowMs, _source, more) => {
      rows += more;
    },
    withdrawn: (_nowMs, fewer) => {
      rows -= fewer;
    },
    decide: () => ({ rows: rows > 0 ? maxRows : 0, targetRows: 1, reason: 'idle' }),
    wakeMs: Number.POSITIVE_INFINITY,
    sent: (_nowMs, fewer) => {
      rows -= fewer;
      return { rows: fewer };
    },
    answered: () => undefined,
    limit: () => undefined,
    fit: null,
  };
}

/** Rows in a millisecond, in the second after the first one (or after 20 calls), and from three seconds on. */
function rates<Source>(scenario: Scenario<Source>, clients: number, callMs: number): { soon: number; later: number } {
  for (let i = 0; i < clients; i++) scenario.client();
  const soonMs = Math.max(1000, 20 * callMs);
  scenario.run(5000);
  return { soon: scenario.rate(soonMs, soonMs + 1000), later: scenario.rate(3000, 5000) };
}

function expectGood(runtime: RuntimeOptions): void {
  for (const clients of crowds) {
    const callMs = runtime.overheadMs + runtime.rowMs;
    const of = (slots: number | null) => rates(adaptiveScenario({ runtime, maxLatencyMs: 50, slots }), clients, callMs);
    const alone = rates(new Scenario({ policy: unbatched(), maxRows, runtime }), clients, callMs);
    const { soon, later } = of(null);
    expect(soon / alone.soon, `${clients} clients, soon`).toBeGreaterThan(0.9);
    expect(later / of(Math.min(64, runtime.slots)).later, `${clients} clients, later`).toBeGreaterThan(0.9);
  }
}

const rough = { noise: 0.1, cold: { factor: 3, calls: 20 } };

describe('a new runtime', () => {
  it.each([
    [0, 50],
    [5, 20],
    [5, 0.2],
  ])(
    'with a slot for each call is used at once, and batches of many rows are not sent to it: a=%d c=%d',
    (overheadMs, rowMs) => {
      expectGood({ overheadMs, rowMs, slots: 1000 });
      expectGood({ overheadMs, rowMs, slots: 1000, ...rough });
    },
  );

  it.each([1, 2, 4, 8])('is served better than without a batcher where that can be: %d slots', (slots) => {
    for (const [overheadMs, rowMs] of all ? runtimes : runtimes.slice(0, 2)) {
      expectGood({ overheadMs, rowMs, slots, ...rough });
    }
  });

  it('may be slow at its very first call', () => {
    for (const slots of [1, 2, 8, 1000]) {
      const runtime = { overheadMs: 5, rowMs: 0.2, slots, noise: 0.1, cold: { factor: 100, calls: 0.5 } };
      const later = (told: number | null) =>
        rates(adaptiveScenario({ runtime, maxLatencyMs: 50, slots: told }), 32, 5).later;
      expect(later(null) / later(Math.min(64, slots)), `${slots} slots`).toBeGreaterThan(0.9);
    }
  });

  it('that only one client knew is used as soon when others come', () => {
    const scenario = adaptiveScenario({
      runtime: { overheadMs: 0, rowMs: 20, slots: 1000 },
      maxLatencyMs: 50,
      slots: null,
    });
    scenario.client();
    for (let i = 0; i < 31; i++) scenario.client({ fromMs: 5000 });
    scenario.run(6500);
    expect(scenario.rate(5200, 6500)).toBeGreaterThan((0.9 * 32) / 20.5);
  });
});
