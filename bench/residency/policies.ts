// Everybody who is compared, by name.
import { simulateAgent } from './agent.ts';
import { s3Fifo, slru, twoQueues } from './queued.ts';
import { belady, gdsf, lfu, lru, lruK } from './scored.ts';
import { type Outcome, type ResidencyPolicy, simulate } from './simulation.ts';
import type { Workload } from './workload.ts';

export const BEST = 'best possible';
export const AGENT = 'outrigger';
export const LRU = 'LRU';

export type Simulation = (workload: Workload) => Outcome;

const by =
  (open: (workload: Workload) => ResidencyPolicy): Simulation =>
  (workload) =>
    simulate(workload, open(workload));

export const POLICIES: ReadonlyMap<string, Simulation> = new Map([
  [BEST, by(belady)],
  [AGENT, simulateAgent],
  [LRU, by(lru)],
  ['LFU', by(lfu)],
  ['LRU-2', by(() => lruK(2))],
  ['SLRU', by(slru)],
  ['2Q', by(twoQueues)],
  ['S3-FIFO', by(s3Fifo)],
  ['GDSF', by(gdsf)],
]);
