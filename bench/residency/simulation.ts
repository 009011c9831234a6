// A memory with room for some models, one trace of requests, one policy that says who goes: how many requests find their model?
import type { Workload } from './workload.ts';

/** A request always loads its model, so the whole question is who goes. */
export interface ResidencyPolicy {
  /** Before anybody goes for it. */
  asked(model: number, at: number): void;
  /** Of `resident`; never the one asked for, which is not among them. */
  victim(resident: Iterable<number>, at: number): number;
  loaded(model: number): void;
  gone(model: number): void;
}

export interface Outcome {
  readonly hitRate: number; // of the requests after the warm-up
  readonly loadedBytes: number; // after the warm-up
}

export function simulate(workload: Workload, policy: ResidencyPolicy): Outcome {
  const { requests, sizes, maxBytes, warmUp } = workload;
  const resident = new Set<number>();
  let [usedBytes, hits, loadedBytes] = [0, 0, 0];
  requests.forEach((model, at) => {
    policy.asked(model, at);
    if (resident.has(model)) {
      if (at >= warmUp) hits += 1;
      return;
    }
    while (usedBytes + sizes[model]! > maxBytes) {
      const victim = policy.victim(resident, at);
      if (!resident.delete(victim)) throw new Error(`model ${victim} is not in memory`);
      policy.gone(victim);
      usedBytes -= sizes[victim]!;
    }
    resident.add(model);
    policy.loaded(model);
    usedBytes += sizes[model]!;
    if (at >= warmUp) loadedBytes += sizes[model]!;
  });
  return { hitRate: hits / (requests.length - warmUp), loadedBytes };
}
