// The loads that the tests of the policies share, each watched at every step: sums stay sums, and nothing wakes for nobody.
import { expect } from 'vitest';
import { type AdaptivePolicy, openAdaptivePolicy } from '../../../../src/batcher/policy/adaptive-policy.ts';
import { openWindowPolicy } from '../../../../src/batcher/policy/window-policy.ts';
import { idealRate } from './ideal.ts';
import { type RuntimeOptions, Scenario } from './scenario.ts';

export const maxRows = 32;

export interface Load {
  readonly runtime: RuntimeOptions;
  readonly maxLatencyMs: number;
  /** What the policy is told; null: nothing. */
  readonly slots?: number | null;
  readonly seed?: number;
}

export function adaptiveScenario(load: Load): Scenario<ReturnType<AdaptivePolicy['openSource']>> {
  const { runtime, maxLatencyMs, slots = runtime.slots, seed = 1 } = load;
  const policy = openAdaptivePolicy({ maxRows, maxLatencyMs, slots });
  const scenario = new Scenario({ policy, maxRows, runtime, seed });
  scenario.agent.check = () => {
    const { expectedRows, probability } = policy.clients;
    // One comparison each, and no assertion of the library: this runs a million times.
    if (expectedRows >= 0 && probability >= 0 && probability <= 1 + 1e-9 && policy.wakeMs > 0) return;
    expect.fail(`expectedRows=${expectedRows} probability=${probability} wakeMs=${policy.wakeMs}`);
  };
  scenario.agent.asked = (waitingRows) => {
    if (waitingRows === 0 && policy.wakeMs !== Number.POSITIVE_INFINITY) expect.fail('a wake for nobody');
  };
  return scenario;
}

export function windowScenario(load: Load): Scenario<null> {
  const { runtime, maxLatencyMs, seed = 1 } = load;
  return new Scenario({ policy: openWindowPolicy({ maxRows, maxLatencyMs }), maxRows, runtime, seed });
}

/** Rows in a millisecond of so many clients that are back at once, when the first quarter has passed. */
export function closedLoopRate<Source>(scenario: Scenario<Source>, clients: number, runMs: number): number {
  for (let i = 0; i < clients; i++) scenario.client();
  return scenario.run(runMs).rate(runMs / 4, runMs);
}

/** X/X*. */
export function closedLoopShare(load: Load, clients: number, runMs = 2000): number {
  return closedLoopRate(adaptiveScenario(load), clients, runMs) / idealRate(load.runtime, clients, maxRows);
}
