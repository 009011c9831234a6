// NEVER-SLOWER: is there a number of clients at which the batcher, or its policy, makes things worse?

import type { Policy } from '../batching/batch-agents.ts';
import { batchingAgent, passThroughAgent } from '../batching/batch-agents.ts';
import { runPoint, startWarm } from '../batching/batch-points.ts';
import { stubSpec, USUAL_STUB } from '../batching/batch-stub.ts';
import { smallV1 } from '../batching/workloads.ts';
import { type Row, type Scenario, toRow } from '../scenario.ts';
import type { Subject } from '../subjects.ts';

const CLIENTS = [1, 2, 4, 8, 16, 32, 33, 64];
const LATENCIES_MS = [5, 50];
const LEAST_OF_OFF = 0.95;
const LEAST_OF_WINDOW = 0.98;

interface Cell {
  readonly subject: Subject;
  readonly clients: number;
  readonly reached: number[]; // requests/s, one a round
}

export const neverSlower: Scenario = {
  name: 'NEVER-SLOWER',
  title: 'batching, closed loop: against the batcher off, and against `--batch-policy window`',
  method:
    'V1 rows of 4 numbers, runtime as in S5, three kinds of the same agent in turn for each number of clients; ratio: first table to the batcher off, second to `window` with the same --max-latency.',
  tools: ['taskset'],
  seconds: 1,
  async run(bench) {
    const stub = await bench.rig.start(stubSpec(USUAL_STUB));
    const off = passThroughAgent(bench.agentScript);
    const of = (policy: Policy, maxLatencyMs: number) =>
      batchingAgent({ script: bench.agentScript, policy, maxLatencyMs });
    const pairs = LATENCIES_MS.map((each) => ({ adaptive: of('adaptive', each), window: of('window', each) }));
    const subjects = [off, ...pairs.flatMap(({ adaptive, window }) => [adaptive, window])];
    const servers = await startWarm(bench, { backend: stub, subjects, workloads: [smallV1] });
    const cells = CLIENTS.flatMap((clients) => subjects.map((subject): Cell => ({ subject, clients, reached: [] })));
    for (let round = 1; round <= bench.rounds; round++) {
      for (const { subject, clients, reached } of cells) {
        const server = servers.get(subject)!;
        const { requestsPerSecond } = await runPoint({ server, workload: smallV1, clients, seconds: bench.seconds });
        reached.push(requestsPerSecond);
        bench.say(`round ${round} N=${clients} ${subject.name}: ${requestsPerSecond.toFixed(0)}/s`);
      }
    }
    const find = (subject: Subject, clients: number) =>
      cells.find((each) => each.subject === subject && each.clients === clients)!;
    const table = (reference: (pair: (typeof pairs)[number]) => Subject, least: number) =>
      pairs.flatMap((pair) =>
        CLIENTS.flatMap((clients) => comparison(find(pair.adaptive, clients), find(reference(pair), clients), least)),
      );
    return [...table(() => off, LEAST_OF_OFF), ...table(({ window }) => window, LEAST_OF_WINDOW)];
  },
};

function comparison(cell: Cell, reference: Cell, least: number): Row[] {
  const name = ({ subject, clients }: Cell) => `${subject.name}, N=${clients}`;
  return [
    toRow({ subject: name(reference), metric: 'requests/s', samples: reference.reached }),
    toRow({
      subject: name(cell),
      metric: 'requests/s',
      samples: cell.reached,
      reference: reference.reached,
      gate: { atLeast: least },
    }),
  ];
}
