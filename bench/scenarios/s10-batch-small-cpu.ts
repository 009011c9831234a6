// S10: what does batching a tiny request cost the agent when the runtime costs nothing, and nginx that passes the same bytes on?

import { batchingAgent } from '../batching/batch-agents.ts';
import { batchCostContest } from '../batching/batch-cost.ts';
import { USUAL_STUB } from '../batching/batch-stub.ts';
import { smallV1, smallV2, type Workload } from '../batching/workloads.ts';
import { cpuRows, runContest, strangersNote } from '../contest.ts';
import { nginx } from '../nginx.ts';
import type { Bench, Row, Scenario } from '../scenario.ts';
import { agentWith, withoutLanes } from '../subjects.ts';

const CLIENTS = 64;
const LATENCY_MS = 5;
const MOST_CPU = 2; // times nginx
const WORKLOADS: Readonly<Record<string, Workload>> = { V1: smallV1, 'V2 JSON': smallV2 };

export const batchSmallCpu: Scenario = {
  name: 'S10',
  title: 'batching, rows of 4 numbers, 64 clients, a runtime that answers at once',
  method:
    'The agent is what limits: its runtime answers without any delay. CPU reference: nginx, which passes each request on as it is. Beside them the same agent with its batcher off, and both without lanes.',
  tools: ['nginx', 'taskset'],
  async run(bench) {
    const rows: Row[] = [];
    for (const [name, workload] of Object.entries(WORKLOADS)) rows.push(...(await measure(bench, name, workload)));
    return rows;
  },
};

async function measure(bench: Bench, name: string, workload: Workload): Promise<Row[]> {
  const script = bench.agentScript;
  const subject = batchingAgent({ script, policy: 'adaptive', maxLatencyMs: LATENCY_MS });
  const passing = agentWith(script, 'batcher off', []);
  const samples = await runContest(
    bench,
    batchCostContest({
      stub: { ...USUAL_STUB, aMs: 0, cMs: 0 },
      subjects: [nginx('small'), passing, subject, withoutLanes(passing), withoutLanes(subject)],
      workload,
      clients: CLIENTS,
    }),
  );
  bench.note(strangersNote(samples));
  const rows = cpuRows(samples, (each) => (each === subject ? MOST_CPU : null));
  return rows.map((row) => ({ ...row, subject: `${row.subject}, ${name}` }));
}
