// S7: how long does a request take when requests come as they like (Poisson), compared with what theory allows at best?

import { batchingAgent, MAX_ROWS } from '../batching/batch-agents.ts';
import { runOpenLoop } from '../batching/batch-load.ts';
import { startWarm } from '../batching/batch-points.ts';
import { stubSpec, USUAL_STUB } from '../batching/batch-stub.ts';
import { calibrate, callsOf, describeCalibration } from '../batching/calibration.ts';
import { type Calibration, capacity, inoueBoundMs, timeMs } from '../batching/ideal.ts';
import { smallV1, smallV2, type Workload } from '../batching/workloads.ts';
import type { Server } from '../process.ts';
import { type Bench, type Row, type Scenario, toRow } from '../scenario.ts';
import type { Subject } from '../subjects.ts';

const LOADS = [0.2, 0.5, 0.8]; // of what the runtime can do
const MOST_OF_BOUND = 1.15;
const LATENCY_MS = 50;
const CONNECTIONS = 256;
const CALLERS = 64; // kinds of calls, so that no two under way are alike
const WARM_UP_MS = 500;
const CALIBRATION_SECONDS = 0.5;
const WORKLOADS = { V1: smallV1, 'V2 JSON': smallV2 };

export const batchOpen: Scenario = {
  name: 'S7',
  title: 'batching, Poisson arrivals: mean response time',
  method:
    'Load 0.2, 0.5 and 0.8 of B/(a + c*B) on 256 connections in turn, runtime as in S5, L=50; ratio: mean to the bound of Inoue 2019 for a server that takes all that wait as soon as it is idle, with a and c of a direct run in the same round as the client sees them.',
  tools: ['taskset'],
  seconds: 3,
  async run(bench) {
    const stub = await bench.rig.start(stubSpec(USUAL_STUB));
    const subject = batchingAgent({ script: bench.agentScript, policy: 'adaptive', maxLatencyMs: LATENCY_MS });
    const workloads = Object.values(WORKLOADS);
    const servers = await startWarm(bench, { backend: stub, subjects: [subject], workloads });
    const server = servers.get(subject)!;
    const cells = cellsOf(subject);
    for (let round = 1; round <= bench.rounds; round++) {
      const calibration = await calibrate(stub, { workload: smallV1, maxRows: MAX_ROWS, seconds: CALIBRATION_SECONDS });
      bench.say(`round ${round}: ${describeCalibration(calibration)}`);
      for (const cell of cells) await measureCell(bench, { round, cell, server, calibration });
    }
    return cells.flatMap(cellRows);
  },
};

interface Cell {
  readonly name: string;
  readonly load: number;
  readonly workload: Workload;
  readonly meanMs: number[]; // one a round, as all that follow
  readonly boundMs: number[];
  readonly p99Ms: number[];
  readonly twoCallsMs: number[];
}

function cellsOf(subject: Subject): Cell[] {
  return LOADS.flatMap((load) =>
    Object.entries(WORKLOADS).map(([kind, workload]) => {
      const name = `${subject.name}, ${kind}, load ${load}`;
      return { name, load, workload, meanMs: [], boundMs: [], p99Ms: [], twoCallsMs: [] };
    }),
  );
}

interface Measurement {
  readonly round: number;
  readonly cell: Cell;
  readonly server: Server;
  readonly calibration: Calibration;
}

async function measureCell(bench: Bench, { round, cell, server, calibration }: Measurement): Promise<void> {
  const requestsPerSecond = cell.load * capacity(calibration.service, MAX_ROWS, 1);
  const { meanMs, p99Ms } = await runOpenLoop({
    port: server.port,
    connections: CONNECTIONS,
    calls: Array.from({ length: CALLERS }, (_, client) => callsOf(cell.workload, client)).flat(),
    requestsPerSecond,
    warmUpMs: WARM_UP_MS,
    seconds: bench.seconds,
  });
  const boundMs = inoueBoundMs(calibration.roundTrip, requestsPerSecond);
  cell.meanMs.push(meanMs);
  cell.boundMs.push(boundMs);
  cell.p99Ms.push(p99Ms);
  cell.twoCallsMs.push(2 * timeMs(calibration.service, MAX_ROWS));
  bench.say(`round ${round} ${cell.name}: mean ${meanMs.toFixed(2)} ms, bound ${boundMs.toFixed(2)} ms`);
}

function cellRows({ name, meanMs, boundMs, p99Ms, twoCallsMs }: Cell): Row[] {
  const gate = { atMost: MOST_OF_BOUND };
  return [
    toRow({ subject: name, metric: 'mean ms, of bound', samples: meanMs, reference: boundMs, gate }),
    toRow({ subject: name, metric: 'p99 ms, of 2(a + c*B)', samples: p99Ms, reference: twoCallsMs }),
  ];
}
