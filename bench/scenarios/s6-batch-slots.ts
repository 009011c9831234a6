// S6: does batching keep both slots of a runtime busy?

import { measureFractions } from '../batching/fraction-of-ideal.ts';
import { smallV1, smallV2 } from '../batching/workloads.ts';
import type { Scenario } from '../scenario.ts';
import { METHOD } from './s5-batch-closed.ts';

export const batchSlots: Scenario = {
  name: 'S6',
  title: 'batching, closed loop, two slots: share of the ideal',
  method: `As S5, with two calls at once (\`instance_group\` of its config says so). ${METHOD}`,
  tools: ['taskset'],
  seconds: 1,
  run: (bench) =>
    measureFractions(bench, {
      slots: 2,
      least: 0.85,
      clients: [16, 64, 128],
      latenciesMs: [5, 50],
      workloads: { V1: smallV1, 'V2 JSON': smallV2 },
    }),
};
