// The agent's own budget and account of uses under a workload: the very code, with owners that go at once.
import { openBudget } from '../../src/puller/budget/byte-budget.ts';
import { UseAccount } from '../../src/puller/budget/use-account.ts';
import type { Outcome } from './simulation.ts';
import type { Workload } from './workload.ts';

export function simulateAgent({ requests, sizes, maxBytes, warmUp }: Workload): Outcome {
  const names = Array.from(sizes, (_, model) => `model-${model}`);
  const uses = new UseAccount();
  const budget = openBudget({
    maxBytes,
    option: '--model-memory-budget',
    useOf: (name) => uses.useOf(name),
    mayGo: () => true,
    pushOut: (name) => budget.free(name),
  });
  const { signal } = new AbortController();
  let [hits, loadedBytes] = [0, 0];
  requests.forEach((model, at) => {
    const holder = { name: names[model]!, bytes: sizes[model]! };
    uses.note(holder.name);
    if (budget.holds(holder.name)) {
      if (at >= warmUp) hits += 1;
      return;
    }
    void budget.reserve(holder, signal); // holds before it returns, since whoever has to go goes at once
    if (!budget.holds(holder.name)) throw new Error(`no room for ${holder.name}`);
    if (at >= warmUp) loadedBytes += holder.bytes;
  });
  return { hitRate: hits / (requests.length - warmUp), loadedBytes };
}
