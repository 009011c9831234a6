// S8: what does it cost to merge and split JSON bodies of 2.9 MB, and does it still pay?

import { batchingAgent } from '../batching/batch-agents.ts';
import { batchCostContest, closedLoop } from '../batching/batch-cost.ts';
import { USUAL_STUB } from '../batching/batch-stub.ts';
import { imageV1 } from '../batching/workloads.ts';
import { cpuRows, runContest, strangersNote } from '../contest.ts';
import { nginx } from '../nginx.ts';
import { type Scenario, toRow } from '../scenario.ts';

const CLIENTS = 8;
const LATENCY_MS = 50;
const LEAST_THROUGHPUT = 1; // of the unbatched runtime
const MOST_CPU = 3; // times nginx

export const batchBigJson: Scenario = {
  name: 'S8',
  title: 'batching, V1 images of 2.9 MB of JSON, 8 clients',
  method:
    'At most 8 rows a batch, runtime as in S5. CPU reference: nginx, 1 worker, passing the same bytes, bodies streamed; throughput reference: the same clients straight to the runtime, in the same rounds.',
  tools: ['nginx', 'taskset'],
  async run(bench) {
    const subject = batchingAgent({
      script: bench.agentScript,
      policy: 'adaptive',
      maxLatencyMs: LATENCY_MS,
      maxRows: CLIENTS,
    });
    const direct: number[] = [];
    const samples = await runContest(
      bench,
      batchCostContest({
        stub: USUAL_STUB,
        subjects: [nginx('large'), subject],
        workload: imageV1,
        clients: CLIENTS,
        async beside(server) {
          const result = await closedLoop({ server, workload: imageV1, clients: CLIENTS, seconds: bench.seconds });
          direct.push(result.requestsPerSecond);
          bench.say(`direct: ${result.requestsPerSecond.toFixed(0)} requests/s`);
        },
      }),
    );
    bench.note(strangersNote(samples));
    return [
      ...cpuRows(samples, MOST_CPU),
      toRow({ subject: 'direct, unbatched', metric: 'requests/s', samples: direct }),
      toRow({
        subject: subject.name,
        metric: 'requests/s',
        samples: samples.get(subject)!.map((each) => each.requestsPerSecond),
        reference: direct,
        gate: { atLeast: LEAST_THROUGHPUT },
      }),
    ];
  },
};
