// What share of the ideal throughput does the agent reach, for each number of clients? The body of S5 and S6.

import type { Server } from '../process.ts';
import { type Bench, type Row, toRow } from '../scenario.ts';
import type { Subject } from '../subjects.ts';
import { batchingAgent, MAX_ROWS } from './batch-agents.ts';
import { runPoint, startWarm } from './batch-points.ts';
import { stubSpec, takeCounts, USUAL_STUB } from './batch-stub.ts';
import { calibrate, describeCalibration } from './calibration.ts';
import { type Calibration, idealThroughput } from './ideal.ts';
import type { Workload } from './workloads.ts';

const CALIBRATION_SECONDS = 0.25; // for each size of request
const LEAST_FRACTION = 0.85;

export interface FractionOfIdeal {
  readonly slots: number;
  readonly clients: readonly number[];
  readonly latenciesMs: readonly number[];
  readonly workloads: Readonly<Record<string, Workload>>;
}

interface Cell {
  readonly name: string;
  readonly workload: Workload;
  readonly server: Server;
  readonly clients: number;
  readonly reached: number[]; // requests/s, one a round
  readonly ideal: number[];
}

export async function measureFractions(bench: Bench, plan: FractionOfIdeal): Promise<Row[]> {
  const stub = await bench.rig.start(stubSpec({ ...USUAL_STUB, slots: plan.slots }));
  const subjects = plan.latenciesMs.map((maxLatencyMs) =>
    batchingAgent({ script: bench.agentScript, policy: 'adaptive', maxLatencyMs }),
  );
  const workloads = Object.values(plan.workloads);
  const cells = cellsOf(plan, await startWarm(bench, { backend: stub, subjects, workloads }));
  for (let round = 1; round <= bench.rounds; round++) {
    const calibrations = new Map<Workload, Calibration>();
    for (const [name, workload] of Object.entries(plan.workloads)) {
      const calibration = await calibrate(stub, { workload, maxRows: MAX_ROWS, seconds: CALIBRATION_SECONDS });
      calibrations.set(workload, calibration);
      bench.say(`round ${round} ${name}: ${describeCalibration(calibration)}`);
    }
    for (const cell of cells) {
      const calibration = calibrations.get(cell.workload)!;
      const limits = { maxRows: MAX_ROWS, slots: plan.slots };
      cell.ideal.push(idealThroughput({ calibration, clients: cell.clients, ...limits }));
      await measureCell(bench, { round, cell, stub });
    }
  }
  const rows = cells.map(cellRow);
  const worst = Math.min(...rows.map((row) => row.ratio ?? 0));
  bench.note(`worst fraction of the ideal over all numbers of clients: ${worst.toFixed(3)}`);
  return rows;
}

async function measureCell(
  bench: Bench,
  { round, cell, stub }: { round: number; cell: Cell; stub: Server },
): Promise<void> {
  await takeCounts(stub);
  const { requestsPerSecond, p99Ms } = await runPoint({ ...cell, seconds: bench.seconds });
  const { rows, calls } = await takeCounts(stub);
  cell.reached.push(requestsPerSecond);
  const fraction = `${requestsPerSecond.toFixed(0)}/s, ${(requestsPerSecond / cell.ideal.at(-1)!).toFixed(3)} of ideal`;
  bench.say(
    `round ${round} ${cell.name}: ${fraction}, p99 ${p99Ms.toFixed(1)} ms, ${(rows / calls).toFixed(1)} rows a call`,
  );
}

function cellsOf(plan: FractionOfIdeal, servers: ReadonlyMap<Subject, Server>): Cell[] {
  return plan.clients.flatMap((clients) =>
    [...servers].flatMap(([subject, server]) =>
      Object.entries(plan.workloads).map(([name, workload]) => ({
        name: `${subject.name}, ${name}, N=${clients}`,
        workload,
        server,
        clients,
        reached: [],
        ideal: [],
      })),
    ),
  );
}

function cellRow({ name, reached, ideal }: Cell): Row {
  return toRow({
    subject: name,
    metric: 'requests/s, of ideal',
    samples: reached,
    reference: ideal,
    gate: { atLeast: LEAST_FRACTION },
  });
}
