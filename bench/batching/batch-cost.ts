// What does a batched request cost the agent in CPU? The contest of S8, S9 and S10, with one workload and number of clients.

import type { Contest } from '../contest.ts';
import type { Server } from '../process.ts';
import type { Subject } from '../subjects.ts';
import { type BatchLoadResult, runClosedLoop } from './batch-load.ts';
import { stubSpec, takeCounts } from './batch-stub.ts';
import { callsOf } from './calibration.ts';
import type { StubOptions } from './stub-model.ts';
import type { Workload } from './workloads.ts';

const CHECK_SECONDS = 1; // a cold start on a busy machine takes half of it

export interface BatchCost {
  readonly stub: StubOptions;
  readonly subjects: readonly Subject[];
  readonly workload: Workload;
  readonly clients: number;
  beside?(backend: Server): Promise<void>;
}

export function batchCostContest({ stub, subjects, workload, clients, beside }: BatchCost): Contest {
  return {
    backend: stubSpec(stub),
    subjects,
    ...(beside === undefined ? {} : { beside }),
    check: async (server) => void (await closedLoop({ server, workload, clients: 1, seconds: CHECK_SECONDS })),
    async load(server, seconds, backend) {
      const result = await closedLoop({ server, workload, clients, seconds });
      await takeCounts(backend); // one refused request is an error
      return result;
    },
  };
}

/** Without a warm-up: every request that costs CPU is counted. */
export function closedLoop(load: {
  readonly server: Server;
  readonly workload: Workload;
  readonly clients: number;
  readonly seconds: number;
}): Promise<BatchLoadResult> {
  const clients = Array.from({ length: load.clients }, (_, client) => callsOf(load.workload, client));
  return runClosedLoop({ port: load.server.port, clients, warmUpMs: 0, seconds: load.seconds });
}
