// One real runtime asked by 1 to 64 clients: directly, through the agent without batching, and with each policy.

import { batchingAgent, passThroughAgent } from '../batching/batch-agents.ts';
import { runClosedLoop } from '../batching/batch-load.ts';
import type { Call } from '../batching/workloads.ts';
import type { Server } from '../process.ts';
import { type Bench, type Row, toRow } from '../scenario.ts';
import type { Subject } from '../subjects.ts';
import { learnCalls, type RequestMaker } from './ask.ts';

const CLIENTS = [1, 2, 4, 8, 16, 32, 33, 64];
const LATENCY_MS = 5;
const WARM_UP_MS = 400;
const FIRST_WARM_UP_SECONDS = 2;
const LEAST_OF_OFF = 0.95;
const LEAST_OF_WINDOW = 0.98;

export interface AroundRuntime {
  readonly runtime: Pick<Server, 'port'>;
  readonly requests: Readonly<Record<string, RequestMaker>>;
  readonly agentFlags?: readonly string[];
  /** Inferences a second that batching must reach from 32 clients on. */
  readonly leastPerSecond?: number;
}

interface Target {
  readonly name: string;
  readonly port: number;
}

type Targets = Readonly<Record<'direct' | 'off' | 'adaptive' | 'window', Target>>;
type Reached = (target: Target, clients: number) => number[];

export async function measureAround(bench: Bench, plan: AroundRuntime): Promise<Row[]> {
  const targets = await startTargets(bench, plan);
  const rows: Row[] = [];
  for (const [kind, make] of Object.entries(plan.requests)) {
    const calls = await learnCalls(plan.runtime.port, make, Math.max(...CLIENTS));
    const reached = await runRounds(bench, { kind, calls, targets: Object.values(targets) });
    rows.push(...CLIENTS.flatMap((clients) => rowsOf(targets, reached, { kind, clients, least: plan.leastPerSecond })));
  }
  return rows;
}

/** Also what other load tools are aimed at. */
export async function startTargets(bench: Bench, { runtime, agentFlags }: AroundRuntime): Promise<Targets> {
  const { agentScript: script, rig } = bench;
  const flags = agentFlags ?? [];
  const start = async (name: string, subject: Subject) => ({
    name,
    port: (await rig.start(subject.spec(runtime))).port,
  });
  return {
    direct: { name: 'direct', port: runtime.port },
    off: await start('batcher off', passThroughAgent(script)),
    adaptive: await start('adaptive', batchingAgent({ script, policy: 'adaptive', maxLatencyMs: LATENCY_MS, flags })),
    window: await start('window', batchingAgent({ script, policy: 'window', maxLatencyMs: LATENCY_MS, flags })),
  };
}

interface Rounds {
  readonly kind: string;
  readonly calls: readonly (readonly Call[])[];
  readonly targets: readonly Target[];
}

async function runRounds(bench: Bench, { kind, calls, targets }: Rounds): Promise<Reached> {
  const samples = new Map<string, number[]>(
    CLIENTS.flatMap((clients) => targets.map(({ name }) => [`${name} ${clients}`, []])),
  );
  const run = (target: Target, clients: number, seconds: number) =>
    runClosedLoop({ port: target.port, clients: calls.slice(0, clients), warmUpMs: WARM_UP_MS, seconds });
  for (const target of targets) await run(target, 16, FIRST_WARM_UP_SECONDS);
  for (let round = 1; round <= bench.rounds; round++) {
    for (const clients of CLIENTS) {
      for (const target of targets) {
        const { requestsPerSecond } = await run(target, clients, bench.seconds);
        samples.get(`${target.name} ${clients}`)!.push(requestsPerSecond);
        bench.say(`round ${round} ${kind} N=${clients} ${target.name}: ${requestsPerSecond.toFixed(0)}/s`);
      }
    }
  }
  return (target, clients) => samples.get(`${target.name} ${clients}`)!;
}

interface At {
  readonly kind: string;
  readonly clients: number;
  readonly least: number | undefined;
}

function rowsOf({ direct, off, adaptive, window }: Targets, reached: Reached, { kind, clients, least }: At): Row[] {
  const of = (target: Target) => ({
    subject: `${kind}, N=${clients}, ${target.name}`,
    metric: 'inferences/s',
    samples: reached(target, clients),
  });
  const compared = (reference: Target, atLeast: number) =>
    toRow({
      ...of(adaptive),
      metric: `inferences/s, of ${reference.name}`,
      reference: reached(reference, clients),
      gate: { atLeast },
    });
  return [
    ...[direct, off, window].map((each) => toRow(of(each))),
    compared(off, LEAST_OF_OFF),
    compared(window, LEAST_OF_WINDOW),
    ...(least === undefined || clients < 32 ? [] : [toRow({ ...of(adaptive), gate: { atLeast: least } })]),
  ];
}
