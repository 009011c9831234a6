// The contest of S1 and S3: POSTs by wrk through nginx and the agent, each run checked against what the backend received.

import { backendSpec, readReceived } from './backends.ts';
import { checkHttp } from './checks.ts';
import type { Contest, Gates } from './contest.ts';
import { runWrk } from './load.ts';
import { nginx } from './nginx.ts';
import type { Payload } from './payloads.ts';
import type { Bench } from './scenario.ts';
import { agent, agentWithoutLanes, agentWithoutSwap, LOAD_CORE } from './subjects.ts';

export interface HttpContest {
  readonly bench: Bench;
  readonly payload: Payload;
  readonly bodies: 'small' | 'large';
  readonly connections: number;
}

/** nginx, the agent as it comes, its lanes without the swap, and without lanes. */
export function httpContest({ bench, payload, bodies, connections }: HttpContest): Contest {
  return {
    backend: backendSpec({ kind: bodies, core: LOAD_CORE, bodyBytes: payload.bytes.length }),
    subjects: [nginx(bodies), ...[agent, agentWithoutSwap, agentWithoutLanes].map((open) => open(bench.agentScript))],
    check: (server, backend) => checkHttp(server, backend, payload),
    async load(server, seconds, backend) {
      const before = await readReceived(backend, bodies);
      const result = await runWrk({ port: server.port, core: LOAD_CORE, connections, seconds, payload });
      const received = (await readReceived(backend, bodies)) - before;
      if (received < result.requests) throw new Error(`${result.requests} answers, but ${received} at the backend`);
      return result;
    },
  };
}

/** Ratios that are asked for: of the agent as it comes, and without the swap; without lanes it only stands beside them. */
export function lanesGates(bench: Bench, most: { readonly lanes: number; readonly noSwap: number }): Gates {
  const gates = new Map([
    [agent(bench.agentScript).name, most.lanes],
    [agentWithoutSwap(bench.agentScript).name, most.noSwap],
  ]);
  return ({ name }) => gates.get(name) ?? null;
}
