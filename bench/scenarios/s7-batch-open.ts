// S7: how long does a request take when requests come as they like (Poisson), compared with what theory allows at best?

import { batchingAgent, MAX_ROWS } from '../batching/batch-agents.ts';
import { runOpenLoop } from '../batching/batch-load.ts';
import { startWarm } from '../batching/batch-points.ts';
import { stubSpec, USUAL_STUB } from '../batching/batch-stub.ts';
import { calibrate, callsOf, describeCalibration } from '../batching/calibration.ts';
import { capacity, inoueBoundMs, timeMs } from '../batching/ideal.ts';
import { smallV1, smallV2 } from '../batching/workloads.ts';
import { type Scenario, toRow } from '../scenario.ts';

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
    const subjects = [subject];
    const servers = await startWarm(bench, { backend: stub, subjects, workloads: Object.values(WORKLOADS) });
    const server = servers.get(subject)!;
    const cells = LOADS.flatMap((load) =>
      Object.entries(WORKLOADS).map(([name, workload]) => ({
        load,
        name,
        workload,
        mean: series(),
        bound: series(),
        p99: series(),
        twoCalls: series(),
      })),
    );
    for (let round = 1; round <= bench.rounds; round++) {
      const calibration = await calibrate(stub, { workload: smallV1, maxRows: MAX_ROWS, seconds: CALIBRATION_SECONDS });
      bench.say(`round ${round}: ${describeCalibration(calibration)}`);
      for (const cell of cells) {
        const requestsPerSecond = cell.load * capacity(calibration.service, MAX_ROWS, 1);
        const calls = Array.from({ length: CALLERS }, (_, client) => callsOf(cell.workload, client)).flat();
        const timing = { warmUpMs: WARM_UP_MS, seconds: bench.seconds };
        const result = await runOpenLoop({
          port: server.port,
          connections: CONNECTIONS,
          calls,
          requestsPerSecond,
          ...timing,
        });
        cell.mean.push(result.meanMs);
        cell.bound.push(inoueBoundMs(calibration.roundTrip, requestsPerSecond));
        cell.p99.push(result.p99Ms);
        cell.twoCalls.push(2 * timeMs(calibration.service, MAX_ROWS));
        bench.say(
          `round ${round} ${cell.name} at ${cell.load}: mean ${result.meanMs.toFixed(2)} ms, bound ${cell.bound.at(-1)!.toFixed(2)} ms`,
        );
      }
    }
    return cells.flatMap(({ load, name, mean, bound, p99, twoCalls }) => [
      toRow({
        subject: `${subject.name}, ${name}, load ${load}`,
        metric: 'mean ms, of bound',
        samples: mean,
        reference: bound,
        gate: { atMost: MOST_OF_BOUND },
      }),
      toRow({
        subject: `${subject.name}, ${name}, load ${load}`,
        metric: 'p99 ms, of 2(a + c*B)',
        samples: p99,
        reference: twoCalls,
      }),
    ]);
  },
};

function series(): number[] {
  return [];
}
