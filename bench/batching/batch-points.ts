// One point of a batch scenario: N closed-loop clients through one server, for so long; and the subjects it goes around.

import type { Server } from '../process.ts';
import type { Bench } from '../scenario.ts';
import type { Subject } from '../subjects.ts';
import { type BatchLoadResult, runClosedLoop } from './batch-load.ts';
import { callsOf } from './calibration.ts';
import type { Workload } from './workloads.ts';

const WARM_UP_MS = 250; // some 40 batches: the policy may learn that the number of clients has changed
const FIRST_WARM_UP_SECONDS = 2; // once a server and workload: the code is compiled by then
const FIRST_WARM_UP_CLIENTS = 16;

export interface Point {
  readonly server: Server;
  readonly workload: Workload;
  readonly clients: number;
  readonly seconds: number;
}

export function runPoint({ server, workload, clients, seconds }: Point): Promise<BatchLoadResult> {
  const calls = Array.from({ length: clients }, (_, client) => callsOf(workload, client));
  return runClosedLoop({ port: server.port, clients: calls, warmUpMs: WARM_UP_MS, seconds });
}

/** Starts each subject before the backend and lets it get warm with each workload. */
export async function startWarm(
  bench: Bench,
  { backend, subjects, workloads }: { backend: Server; subjects: readonly Subject[]; workloads: readonly Workload[] },
): Promise<Map<Subject, Server>> {
  const servers = new Map<Subject, Server>();
  for (const subject of subjects) {
    const server = await bench.rig.start(subject.spec(backend));
    servers.set(subject, server);
    for (const workload of workloads) {
      await runPoint({ server, workload, clients: FIRST_WARM_UP_CLIENTS, seconds: FIRST_WARM_UP_SECONDS });
    }
  }
  return servers;
}
