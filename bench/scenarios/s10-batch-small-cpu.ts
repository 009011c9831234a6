// S10: what does batching a tiny request cost the agent when the runtime costs nothing?

import { batchingAgent, passThroughAgent } from '../batching/batch-agents.ts';
import { batchCostContest } from '../batching/batch-cost.ts';
import { USUAL_STUB } from '../batching/batch-stub.ts';
import { smallV1, smallV2, type Workload } from '../batching/workloads.ts';
import { cpuRows, runContest, strangersNote } from '../contest.ts';
import type { Bench, Row, Scenario } from '../scenario.ts';

const CLIENTS = 64;
const LATENCY_MS = 5;
const MOST_CPU = 1.5; // times the same agent without batching
const WORKLOADS: Readonly<Record<string, Workload>> = { V1: smallV1, 'V2 JSON': smallV2 };

export const batchSmallCpu: Scenario = {
  name: 'S10',
  title: 'batching, rows of 4 numbers, 64 clients, a runtime that answers at once',
  method:
    'The agent is what limits: its runtime answers without any delay. CPU reference: the same agent with its batcher off.',
  tools: ['taskset'],
  async run(bench) {
    const rows: Row[] = [];
    for (const [name, workload] of Object.entries(WORKLOADS)) rows.push(...(await measure(bench, name, workload)));
    return rows;
  },
};

async function measure(bench: Bench, name: string, workload: Workload): Promise<Row[]> {
  const subject = batchingAgent({ script: bench.agentScript, policy: 'adaptive', maxLatencyMs: LATENCY_MS });
  const samples = await runContest(
    bench,
    batchCostContest({
      stub: { ...USUAL_STUB, aMs: 0, cMs: 0 },
      subjects: [passThroughAgent(bench.agentScript), subject],
      workload,
      clients: CLIENTS,
    }),
  );
  bench.note(strangersNote(samples));
  return cpuRows(samples, MOST_CPU).map((row) => ({ ...row, subject: `${row.subject}, ${name}` }));
}
