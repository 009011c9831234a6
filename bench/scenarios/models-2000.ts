// MODELS-2000: how long until 2,000 small models are loaded, in how much memory, and what do requests to another one feel of it?
import { runOpenLoop } from '../batching/batch-load.ts';
import { inferCall } from '../logging/log-load.ts';
import { ModelPlace } from '../models/model-place.ts';
import { readMemory } from '../proc-stat.ts';
import type { Server } from '../process.ts';
import { type Bench, type Scenario, toRow } from '../scenario.ts';

const MODELS = 2_000;
const LOAD_MS = 20;
const MAX_ROUNDS = 3;
const MOST_SECONDS = 60;
const MOST_MIB = 200;
const MOST_P99 = 2; // times the p99 before
const CONNECTIONS = 16;
const REQUESTS_PER_SECOND = 300;
const WARM_UP_MS = 1_000;
const NAMES = Array.from({ length: MODELS }, (_, model) => `model-${model}`);
const SERVED = 'bench'; // as the path of the requests has it

interface Start {
  readonly seconds: number;
  readonly peakMib: number;
}

interface Beside {
  readonly beforeMs: number;
  readonly duringMs: number;
  readonly seconds: number;
  readonly peakMib: number;
}

export const models2000: Scenario = {
  name: 'MODELS-2000',
  title: `${MODELS} small models from a local store`,
  method: `Each of two objects, 10 KB, from an S3 without signatures to tmpfs, loaded by a stub runtime in ${LOAD_MS} ms, four at once; from the start of the agent to the first 200 of /readyz. Then, with a fresh agent, the p99 of ${REQUESTS_PER_SECOND} requests a second to another model, before and while ${MODELS} models are added. The agent has one core with all of its threads; store, runtime and load have the other.`,
  tools: ['taskset'],
  seconds: 5,
  async run(bench) {
    const rounds = Math.min(bench.rounds, MAX_ROUNDS);
    const [starts, besides]: [Start[], Beside[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      const start = await timeStart(bench);
      bench.say(`ready in ${start.seconds.toFixed(1)} s, peak ${start.peakMib.toFixed(0)} MiB`);
      const beside = await loadBeside(bench);
      const { beforeMs, duringMs } = beside;
      bench.say(`p99 ${beforeMs.toFixed(2)} -> ${duringMs.toFixed(2)} ms, added in ${beside.seconds.toFixed(1)} s`);
      starts.push(start);
      besides.push(beside);
    }
    const subject = 'outrigger';
    const peaks = [...starts, ...besides].map(({ peakMib }) => peakMib);
    const [before, during] = [besides.map(({ beforeMs }) => beforeMs), besides.map(({ duringMs }) => duringMs)];
    return [
      toRow({
        subject,
        metric: 's to ready',
        samples: starts.map(({ seconds }) => seconds),
        gate: { atMost: MOST_SECONDS },
      }),
      toRow({ subject, metric: 'peak MiB', samples: peaks, gate: { atMost: MOST_MIB } }),
      toRow({ subject: 'nothing added', metric: 'p99 ms', samples: before }),
      toRow({
        subject: 'while they are added',
        metric: 'p99 ms',
        samples: during,
        reference: before,
        gate: { atMost: MOST_P99 },
      }),
      toRow({ subject: 'beside requests', metric: 's to all loaded', samples: besides.map(({ seconds }) => seconds) }),
    ];
  },
};

async function timeStart({ rig, agentScript }: Bench): Promise<Start> {
  await using place = await ModelPlace.open({ rig, agentScript, loadMs: LOAD_MS, flags: [] });
  place.want(NAMES);
  const startedMs = performance.now();
  const agent = await place.startAgent();
  try {
    await place.untilReady(agent);
    return { seconds: (performance.now() - startedMs) / 1000, peakMib: peakMib(agent) };
  } finally {
    await agent.stop();
  }
}

async function loadBeside(bench: Bench): Promise<Beside> {
  const { rig, agentScript } = bench;
  await using place = await ModelPlace.open({ rig, agentScript, loadMs: LOAD_MS, flags: [] });
  place.want([SERVED]);
  const agent = await place.startAgent();
  try {
    await place.untilReady(agent);
    const call = await inferCall(place.runtime, Buffer.from('{"inputs":[]}'));
    const loop = { port: agent.port, connections: CONNECTIONS, requestsPerSecond: REQUESTS_PER_SECOND, calls: [call] };
    const load = () => runOpenLoop({ ...loop, warmUpMs: WARM_UP_MS, seconds: bench.seconds });
    const { p99Ms: beforeMs } = await load();
    const addedMs = performance.now();
    place.want([SERVED, ...NAMES]);
    const { p99Ms: duringMs } = await load();
    if ((await place.loaded()) > MODELS)
      throw new Error('all models were there before the load had ended: --seconds less');
    await place.untilLoaded(agent, MODELS + 1);
    return { beforeMs, duringMs, seconds: (performance.now() - addedMs) / 1000, peakMib: peakMib(agent) };
  } finally {
    await agent.stop();
  }
}

function peakMib({ pid }: Server): number {
  return readMemory(pid).peakBytes / 2 ** 20;
}
