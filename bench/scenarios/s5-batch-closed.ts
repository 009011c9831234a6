// S5: what share of the ideal throughput does batching reach with closed-loop clients before a runtime with one slot?

import { measureFractions } from '../batching/fraction-of-ideal.ts';
import { smallV1, smallV2 } from '../batching/workloads.ts';
import type { Scenario } from '../scenario.ts';

export const METHOD =
  'Each client sends its next request of one row when it has its answer. The runtime takes 5 ms a call and 0.2 ms a row and refuses more than 32 rows; ratio: to the ideal X* = max over m slots of min(N/(a + c*min(B, N/m) + delta), m*B/(a + c*B)), with a, c and delta of a direct run in the same round. Second table: to the same agent without lanes.';

export const batchClosed: Scenario = {
  name: 'S5',
  title: 'batching, closed loop, one slot: share of the ideal',
  method: METHOD,
  tools: ['taskset'],
  seconds: 1,
  run: (bench) =>
    measureFractions(bench, {
      slots: 1,
      least: 0.9,
      clients: [1, 2, 4, 8, 16, 31, 32, 33, 64, 128],
      latenciesMs: [5, 50],
      workloads: { V1: smallV1, 'V2 JSON': smallV2 },
    }),
};
