// S4a and S4b: what does a gRPC call cost compared with nghttpx, many streams on few connections and one stream on many?

import { join } from 'node:path';
import { backendSpec } from '../backends.ts';
import { checkGrpc } from '../checks.ts';
import { cpuRows, runContest, strangersNote } from '../contest.ts';
import { runH2load } from '../load.ts';
import { type Payload, writeGrpcMessage } from '../payloads.ts';
import { type Bench, type Row, type Scenario, toRow } from '../scenario.ts';
import { agent, agentWithoutLanes, agentWithoutSwap, LOAD_CORE, nghttpx } from '../subjects.ts';

interface Shape {
  readonly connections: number;
  readonly streamsPerConnection: number;
}

const METHOD = 'h2load, 1 KB each way with trailers; reference: nghttpx, 1 worker, h2c on both sides.';
const MOST_CPU = { multiplexed: 0.6, connections: 1.1 }; // of nghttpx
const MOST_ADDED_MEAN = 1;

export const grpcMultiplexed: Scenario = {
  name: 'S4a',
  title: 'gRPC, 4 connections x 16 streams',
  method: METHOD,
  tools: ['h2load', 'nghttpx', 'taskset'],
  run: (bench) => runCpu(bench, { connections: 4, streamsPerConnection: 16 }, MOST_CPU.multiplexed),
};

export const grpcConnections: Scenario = {
  ...grpcMultiplexed,
  name: 'S4b',
  title: 'gRPC, 16 connections x 1 stream; 1 x 1: added mean',
  method: `${METHOD} Added mean: of one connection with one stream, minus that of the same round straight to the backend.`,
  run: async (bench) => [
    ...(await runCpu(bench, { connections: 16, streamsPerConnection: 1 }, MOST_CPU.connections)),
    ...(await runAddedMean(bench)),
  ],
};

async function runCpu(bench: Bench, shape: Shape, most: number): Promise<Row[]> {
  const payload = payloadOf(bench);
  const samples = await runContest(bench, {
    backend: backend(payload),
    subjects: subjectsOf(bench),
    check: (server) => checkGrpc(server, payload),
    load: ({ port }, seconds) => runH2load({ port, core: LOAD_CORE, seconds, payload, ...shape }),
  });
  bench.note(strangersNote(samples));
  const own = agent(bench.agentScript).name;
  return cpuRows(samples, ({ name }) => (name === own ? most : null));
}

async function runAddedMean(bench: Bench): Promise<Row[]> {
  const payload = payloadOf(bench);
  const runtime = await bench.rig.start(backend(payload));
  const meanUs = async (port: number): Promise<number> => {
    const one = { connections: 1, streamsPerConnection: 1, core: LOAD_CORE, seconds: bench.seconds };
    return 1e6 / (await runH2load({ port, payload, ...one })).requestsPerSecond;
  };
  const entrants: { name: string; port: number; added: number[] }[] = [];
  for (const subject of subjectsOf(bench)) {
    const { port } = await bench.rig.start(subject.spec(runtime));
    await meanUs(port); // warm
    entrants.push({ name: subject.name, port, added: [] });
  }
  for (let round = 1; round <= bench.rounds; round++) {
    const direct = await meanUs(runtime.port);
    for (const { name, port, added } of entrants) {
      added.push((await meanUs(port)) - direct);
      bench.say(`round ${round} ${name}: ${added.at(-1)?.toFixed(1)} us more than ${direct.toFixed(1)}`);
    }
  }
  const reference = entrants[0]!.added;
  return entrants.map(({ name, added }, at) => {
    const row = { subject: name, metric: 'added mean us, 1 x 1', samples: added };
    if (at === 0) return toRow(row);
    return toRow({ ...row, reference, ...(at === 1 ? { gate: { atMost: MOST_ADDED_MEAN } } : {}) });
  });
}

function subjectsOf({ agentScript }: Bench) {
  return [nghttpx, agent(agentScript), agentWithoutSwap(agentScript), agentWithoutLanes(agentScript)];
}

function payloadOf({ rig }: Bench): Payload {
  return writeGrpcMessage(join(rig.folder, 'message'));
}

function backend({ bytes }: Payload) {
  return backendSpec({ kind: 'grpc', core: LOAD_CORE, bodyBytes: bytes.length });
}
