// S4a and S4b: what does a gRPC call cost compared with nghttpx, many streams on few connections and one stream on many?

import { join } from 'node:path';
import { backendSpec } from '../backends.ts';
import { checkGrpc } from '../checks.ts';
import { cpuRows, runContest, strangersNote } from '../contest.ts';
import { runH2load } from '../load.ts';
import { writeGrpcMessage } from '../payloads.ts';
import type { Bench, Row, Scenario } from '../scenario.ts';
import { agent, LOAD_CORE, nghttpx } from '../subjects.ts';

interface Shape {
  readonly connections: number;
  readonly streamsPerConnection: number;
  readonly gateRatio: number; // KServe's agent before the same backend
}

const METHOD = 'h2load, 1 KB each way with trailers; reference: nghttpx, 1 worker, h2c on both sides.';

export const grpcMultiplexed: Scenario = {
  name: 'S4a',
  title: 'gRPC, 4 connections x 16 streams',
  method: METHOD,
  tools: ['h2load', 'nghttpx', 'taskset'],
  run: (bench) => runShape(bench, { connections: 4, streamsPerConnection: 16, gateRatio: 9.9 }),
};

export const grpcConnections: Scenario = {
  ...grpcMultiplexed,
  name: 'S4b',
  title: 'gRPC, 16 connections x 1 stream',
  run: (bench) => runShape(bench, { connections: 16, streamsPerConnection: 1, gateRatio: 4.4 }),
};

async function runShape(bench: Bench, { gateRatio, ...shape }: Shape): Promise<Row[]> {
  const payload = writeGrpcMessage(join(bench.rig.folder, 'message'));
  const samples = await runContest(bench, {
    backend: backendSpec({ kind: 'grpc', core: LOAD_CORE, bodyBytes: payload.bytes.length }),
    subjects: [nghttpx, agent(bench.agentScript)],
    check: (server) => checkGrpc(server, payload),
    load: ({ port }, seconds) => runH2load({ port, core: LOAD_CORE, seconds, payload, ...shape }),
  });
  bench.note(strangersNote(samples));
  return cpuRows(samples, gateRatio);
}
