// What share of the ideal throughput does the agent reach, for each number of clients? The body of S5 and S6.

import type { Server } from '../process.ts';
import { type Bench, type Row, toRow } from '../scenario.ts';
import { type Subject, withoutLanes } from '../subjects.ts';
import { batchingAgent, MAX_ROWS } from './batch-agents.ts';
import { runPoint, startWarm } from './batch-points.ts';
import { stubSpec, takeCounts, USUAL_STUB } from './batch-stub.ts';
import { calibrate, describeCalibration } from './calibration.ts';
import { type Calibration, idealThroughput } from './ideal.ts';
import type { Workload } from './workloads.ts';

const CALIBRATION_SECONDS = 0.25; // for each size of request
const LEAST_OF_SLOW = 0.98; // of the agent without lanes; the spread of a quiet machine

export interface FractionOfIdeal {
  readonly slots: number;
  readonly clients: readonly number[];
  readonly latenciesMs: readonly number[];
  readonly workloads: Readonly<Record<string, Workload>>;
  /** The fraction that is asked for. */
  readonly least: number;
}

interface Cell {
  readonly name: string;
  readonly workload: Workload;
  readonly server: Server;
  readonly clients: number;
  readonly slow: Cell | null; // the same without lanes; null: this is one without
  readonly reached: number[]; // requests/s, one a round
  readonly ideal: number[];
}

export async function measureFractions(bench: Bench, plan: FractionOfIdeal): Promise<Row[]> {
  const stub = await bench.rig.start(stubSpec({ ...USUAL_STUB, slots: plan.slots }));
  const pairs = plan.latenciesMs.map((maxLatencyMs) => {
    const lanes = batchingAgent({ script: bench.agentScript, policy: 'adaptive', maxLatencyMs });
    return { lanes, slow: withoutLanes(lanes) };
  });
  const subjects = pairs.flatMap(({ lanes, slow }) => [lanes, slow]);
  const workloads = Object.values(plan.workloads);
  const servers = await startWarm(bench, { backend: stub, subjects, workloads });
  const cells = pairs.flatMap((pair) => cellsOf(plan, pair, servers));
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
  const rows = cells.filter(({ slow }) => slow !== null).map((cell) => cellRow(cell, plan.least));
  const worst = Math.min(...rows.map((row) => row.ratio ?? 0));
  bench.note(`worst fraction of the ideal over all numbers of clients: ${worst.toFixed(3)}`);
  return [...rows, ...cells.flatMap(slowRow)];
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

interface Pair {
  readonly lanes: Subject;
  readonly slow: Subject;
}

/** Each cell behind the one that it is compared with. */
function cellsOf(plan: FractionOfIdeal, { lanes, slow }: Pair, servers: ReadonlyMap<Subject, Server>): Cell[] {
  return plan.clients.flatMap((clients) =>
    Object.entries(plan.workloads).flatMap(([name, workload]) => {
      const cell = (subject: Subject, beside: Cell | null): Cell => ({
        name: `${subject.name}, ${name}, N=${clients}`,
        ...{ workload, clients, slow: beside, reached: [], ideal: [] },
        server: servers.get(subject)!,
      });
      const without = cell(slow, null);
      return [without, cell(lanes, without)];
    }),
  );
}

function cellRow({ name, reached, ideal }: Cell, atLeast: number): Row {
  return toRow({
    subject: name,
    metric: 'requests/s, of ideal',
    samples: reached,
    reference: ideal,
    gate: { atLeast },
  });
}

function slowRow({ name, reached, slow }: Cell): Row[] {
  if (slow === null) return [];
  const metric = 'requests/s, of --lanes off';
  return [
    toRow({ subject: name, metric, samples: reached, reference: slow.reached, gate: { atLeast: LEAST_OF_SLOW } }),
  ];
}
