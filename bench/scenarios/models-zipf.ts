// MODELS-ZIPF: 2,000 models on one runtime with memory for 200: how many requests wait for a load, and how long?
import { seededRandom } from '../../test/support/random.ts';
import { ModelPlace } from '../models/model-place.ts';
import { runTrace, type TraceOutcome } from '../models/request-trace.ts';
import { BEST, LRU, POLICIES } from '../residency/policies.ts';
import { everyWorkload, MODELS, type Workload } from '../residency/workload.ts';
import { type Bench, type Row, type Scenario, toRow } from '../scenario.ts';

const ROOM_FOR = 200;
const CLIENTS = 8;
const MAX_ROUNDS = 3;
const WARM_UP = 4_000; // requests
const ROUND = 6_000;
const LOAD_MS = [5, 50];
const LEAST_OF_LRU = 1;
const MODEL_NAMES = Array.from({ length: MODELS }, (_, model) => `model-${model}`);

interface Round extends TraceOutcome {
  /** Shares of the same requests in the simulation. */
  readonly best: number;
  readonly lru: number;
}

interface Seen {
  readonly loadMs: number;
  readonly rounds: readonly Round[];
  readonly peak: number;
}

export const modelsZipf: Scenario = {
  name: 'MODELS-ZIPF',
  title: `${MODELS} models on one runtime with memory for ${ROOM_FOR}, Zipf-distributed requests`,
  method: `${CLIENTS} clients in closed loops through the agent to a stub runtime whose loads take 5 or 50 ms (unloading 5 ms, four loads at once); models from a local S3, exponent 1, ${WARM_UP} requests to warm up, then ${ROUND} a round. A miss is a request whose model was loaded after it was sent. Best possible (Belady) and LRU: simulated with the same requests. Seconds say nothing here.`,
  tools: ['taskset'],
  async run(bench) {
    const seed = Math.floor(Math.random() * 2 ** 31);
    bench.note(`seed ${seed}`);
    const rounds = Math.min(bench.rounds, MAX_ROUNDS);
    const workload = zipf(seed, WARM_UP + rounds * ROUND);
    const seen: Seen[] = [];
    for (const loadMs of LOAD_MS) seen.push(await measure(bench, { loadMs, workload }));
    return [...references(seen[0]!), ...seen.flatMap(rowsOf)];
  },
};

function zipf(seed: number, requests: number): Workload {
  const found = everyWorkload(seededRandom(seed), requests).find(({ name }) => name === 'Zipf 1.0');
  if (found === undefined) throw new Error('there is no workload Zipf 1.0');
  return found;
}

interface Case {
  readonly loadMs: number;
  readonly workload: Workload;
}

async function measure({ rig, agentScript, say }: Bench, { loadMs, workload }: Case): Promise<Seen> {
  const flags = ['--model-memory-budget', `${ROOM_FOR}G`];
  await using place = await ModelPlace.open({ rig, agentScript, loadMs, flags });
  place.want(MODEL_NAMES);
  const agent = await place.startAgent();
  try {
    await place.untilReady(agent);
    say(`loads of ${loadMs} ms: ready`);
    const rounds: Round[] = [];
    const load = { port: agent.port, names: MODEL_NAMES, clients: CLIENTS };
    const warmUp = await runTrace({ ...load, trace: workload.requests.subarray(0, WARM_UP) });
    for (let from = WARM_UP; from < workload.requests.length; from += ROUND) {
      const outcome = await runTrace({ ...load, trace: workload.requests.subarray(from, from + ROUND) });
      const simulated = {
        best: hitsOf(workload, { policy: BEST, from }),
        lru: hitsOf(workload, { policy: LRU, from }),
      };
      rounds.push({
        ...outcome,
        ...simulated,
        errors: [...outcome.errors, ...(from === WARM_UP ? warmUp.errors : [])],
      });
      say(`loads of ${loadMs} ms: ${words(rounds.at(-1)!)}`);
    }
    return { loadMs, rounds, peak: await place.peak() };
  } finally {
    await agent.stop();
  }
}

/** Share of hits among the round's requests, when all before it were made too. */
function hitsOf(workload: Workload, { policy, from }: { readonly policy: string; readonly from: number }): number {
  const requests = workload.requests.subarray(0, from + ROUND);
  return POLICIES.get(policy)!({ ...workload, requests, warmUp: from }).hitRate;
}

function hitShare({ hitMs, missMs }: TraceOutcome): number {
  return hitMs.length / (hitMs.length + missMs.length);
}

function words(round: Round): string {
  const [own, best, lru] = [hitShare(round), round.best, round.lru].map((share) => `${(100 * share).toFixed(1)} %`);
  const [hit, miss] = [round.hitMs, round.missMs].map(
    (ms) => `${at(ms, 0.5).toFixed(2)}/${at(ms, 0.99).toFixed(1)} ms`,
  );
  const wrong = round.errors.length === 0 ? '' : `, ${round.errors.length} errors: ${round.errors[0]}`;
  return `hits ${own} (best ${best}, LRU ${lru}), p50/p99 of hits ${hit}, of misses ${miss}${wrong}`;
}

function at(ms: readonly number[], share: number): number {
  const sorted = [...ms].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function references({ rounds }: Seen): Row[] {
  const metric = 'hits %';
  const [best, lru] = [rounds.map((round) => 100 * round.best), rounds.map((round) => 100 * round.lru)];
  return [
    toRow({ subject: BEST, metric, samples: best }),
    toRow({ subject: LRU, metric, samples: lru, reference: best }),
  ];
}

function rowsOf({ loadMs, rounds, peak }: Seen): Row[] {
  const subject = `outrigger, loads of ${loadMs} ms`;
  const percent = (of: (round: Round) => number) => rounds.map((round) => 100 * of(round));
  const times = (metric: string, of: (round: Round) => readonly number[], share: number) =>
    toRow({ subject, metric, samples: rounds.map((round) => at(of(round), share)) });
  const metric = 'hits %';
  const own = percent(hitShare);
  const [best, lru] = [percent((round) => round.best), percent((round) => round.lru)];
  return [
    toRow({ subject, metric, samples: own, reference: best }),
    toRow({ subject: `${subject}, to LRU`, metric, samples: own, reference: lru, gate: { atLeast: LEAST_OF_LRU } }),
    times('p50 of hits ms', ({ hitMs }) => hitMs, 0.5),
    times('p99 of hits ms', ({ hitMs }) => hitMs, 0.99),
    times('p50 of misses ms', ({ missMs }) => missMs, 0.5),
    times('p99 of misses ms', ({ missMs }) => missMs, 0.99),
    toRow({ subject, metric: 'errors', samples: rounds.map(({ errors }) => errors.length), gate: { atMost: 0 } }),
    toRow({ subject, metric: 'most models in memory', samples: [peak], gate: { atMost: ROOM_FOR } }),
  ];
}
