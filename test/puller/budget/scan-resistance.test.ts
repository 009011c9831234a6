// What the count of uses is for: those that are asked for most stay, whatever else is asked for now and then.
import { describe, expect, it } from 'vitest';
import { AGENT, BEST, LRU, POLICIES } from '../../../bench/residency/policies.ts';
import { everyWorkload } from '../../../bench/residency/workload.ts';
import { openBudget } from '../../../src/puller/budget/byte-budget.ts';
import { UseAccount } from '../../../src/puller/budget/use-account.ts';
import { seededRandom } from '../../support/random.ts';

const requests = 4_000;
const fixedSeeds = [1, 2];

/** Hit rates in percent. */
function hitRates(name: string, seed: number): { agent: number; lru: number; best: number } {
  const workload = everyWorkload(seededRandom(seed), requests).find((each) => each.name === name)!;
  const of = (policy: string) => 100 * POLICIES.get(policy)!(workload).hitRate;
  return { agent: of(AGENT), lru: of(LRU), best: of(BEST) };
}

describe('the models in memory', () => {
  it.each(fixedSeeds)('are found far more often than under LRU, for Zipf requests (seed %d)', (seed) => {
    const { agent, lru, best } = hitRates('Zipf 1.0', seed);
    expect(agent - lru).toBeGreaterThan(4);
    expect(agent / best).toBeGreaterThan(0.84);
  });

  it.each(fixedSeeds)('are found more often than under LRU when some are asked for in bursts (seed %d)', (seed) => {
    const { agent, lru } = hitRates('bursts', seed);
    expect(agent - lru).toBeGreaterThan(3);
  });

  it('are the hot ones still after a scan over all models', () => {
    const uses = new UseAccount();
    const budget = openBudget({
      maxBytes: 50,
      option: '--model-memory-budget',
      useOf: (name) => uses.useOf(name),
      mayGo: () => true,
      pushOut: (name) => budget.free(name),
    });
    let loads = 0;
    const ask = (name: string): void => {
      uses.note(name);
      if (budget.holds(name)) return;
      loads += 1;
      void budget.reserve({ name, bytes: 1 }, new AbortController().signal);
    };
    const all = Array.from({ length: 600 }, (_, at) => `m${at}`);
    const hot = all.slice(0, 45);
    for (let round = 0; round < 10; round++) hot.forEach(ask);
    all.forEach(ask);
    expect(hot.filter((name) => !budget.holds(name))).toEqual([]);
    expect(loads).toBe(all.length); // each once: the hot ones before, the others in the scan
  });
});
