// S15: what do clients and memory feel of a sink that stands still, and is every event that was lost counted?

import { setTimeout as sleep } from 'node:timers/promises';
import { backendSpec } from '../backends.ts';
import { type BatchLoadResult, runOpenLoop } from '../batching/batch-load.ts';
import type { Call } from '../batching/workloads.ts';
import { type LogAccount, readLogAccount, unaccounted } from '../logging/log-account.ts';
import { inferCall } from '../logging/log-load.ts';
import { LogSink } from '../logging/log-sinks.ts';
import { inferJson } from '../payloads.ts';
import { readMemory, resetPeakMemory } from '../proc-stat.ts';
import type { Server } from '../process.ts';
import { type Bench, type Row, type Scenario, toRow } from '../scenario.ts';
import { agentWith, LOAD_CORE, type Subject } from '../subjects.ts';

const REQUESTS_PER_SECOND = 1_000;
const BODY_BYTES = 16 * 1024;
const CONNECTIONS = 64;
const EVENTS_PER_REQUEST = 2;
const WARM_UP_SECONDS = 5;
const BOUND_BYTES = 64 * 2 ** 20; // of the queue in memory, by default
const MOST_GROWTH = 1.2; // of that bound
const MOST_P99 = 1.1; // times the p99 while the sink answers
const MAX_ROUNDS = 3; // each a new agent
const CATCH_UP_MS = 60_000; // a delivery times out after 10 s, and a sink that was dead is probed with pauses
const POLL_MS = 50;
const MIB = 2 ** 20;

interface Seen {
  readonly growthMiB: number;
  readonly healthyP99Ms: number;
  readonly stallP99Ms: number;
  readonly dropped: number;
  /** Events that are neither delivered nor counted as lost, and deliveries that the sink knows nothing of. */
  readonly unexplained: number;
}

export const logStall: Scenario = {
  name: 'S15',
  title: 'a sink that stands still: 16 KB POST, 1,000 requests a second',
  method:
    'Poisson arrivals as long with a sink that answers and with one that accepts connections and reads nothing; then it goes on, and the account is settled. Memory: highest resident in the stall less that before it, of the 64 MiB that the queue may hold. A new agent each round.',
  tools: ['nginx', 'taskset'],
  seconds: 20,
  async run(bench) {
    const backend = await bench.rig.start(backendSpec({ kind: 'large', core: LOAD_CORE, bodyBytes: BODY_BYTES }));
    const call = await inferCall(backend, inferJson(BODY_BYTES));
    const subject = (sink: LogSink) => agentWith(bench.agentScript, 'binary', ['--log-url', sink.url]);
    const rounds: Seen[] = [];
    for (let round = 1; round <= Math.min(bench.rounds, MAX_ROUNDS); round++) {
      const sink = await LogSink.start(bench.rig);
      const seen = await stallOnce(bench, { subject: subject(sink), backend, sink, call });
      const p99 = `p99 ${seen.healthyP99Ms.toFixed(2)} -> ${seen.stallP99Ms.toFixed(2)} ms`;
      bench.say(`round ${round}: +${seen.growthMiB.toFixed(1)} MiB, ${p99}, ${seen.dropped} dropped`);
      rounds.push(seen);
    }
    return rows(rounds);
  },
};

interface Parts {
  readonly subject: Subject;
  readonly backend: Server;
  readonly sink: LogSink;
  readonly call: Call;
}

async function stallOnce(bench: Bench, { subject, backend, sink, call }: Parts): Promise<Seen> {
  const { server, operatorPort } = await startAgent(bench, subject, backend);
  try {
    const load = (seconds: number) => runLoad(server, call, seconds);
    const warmUp = await load(WARM_UP_SECONDS);
    const healthy = await load(bench.seconds);
    const sent = EVENTS_PER_REQUEST * (warmUp.requests + healthy.requests);
    await sink.received(sent);
    resetPeakMemory(server.pid);
    const before = readMemory(server.pid).residentBytes;
    await sink.stall();
    const stalled = await load(bench.seconds);
    const growthMiB = (readMemory(server.pid).peakBytes - before) / MIB;
    await sink.resume();
    const account = await settled(operatorPort);
    const expected = sent + EVENTS_PER_REQUEST * stalled.requests;
    const { events } = await sink.counts();
    const unexplained =
      unaccounted(account) + Math.abs(expected - account.received) + Math.max(0, account.delivered - events);
    const [healthyP99Ms, stallP99Ms] = [healthy.p99Ms, stalled.p99Ms];
    return { growthMiB, healthyP99Ms, stallP99Ms, dropped: account.dropped, unexplained };
  } finally {
    await server.stop('SIGKILL');
  }
}

async function startAgent(bench: Bench, subject: Subject, backend: Server) {
  let operatorPort = 0;
  const { core, command } = subject.spec(backend);
  const server = await bench.rig.start({
    core,
    command: (place) => {
      operatorPort = place.operatorPort;
      return command(place);
    },
  });
  return { server, operatorPort };
}

function runLoad(server: Server, call: Call, seconds: number): Promise<BatchLoadResult> {
  return runOpenLoop({
    port: server.port,
    connections: CONNECTIONS,
    calls: [call],
    requestsPerSecond: REQUESTS_PER_SECOND,
    warmUpMs: 0,
    seconds,
  });
}

/** When nothing waits any more. */
async function settled(operatorPort: number): Promise<LogAccount> {
  const deadline = performance.now() + CATCH_UP_MS;
  for (;;) {
    const account = await readLogAccount(operatorPort);
    if (account.queued === 0) return account;
    if (performance.now() > deadline) throw new Error(`${account.queued} events still wait after ${CATCH_UP_MS} ms`);
    await sleep(POLL_MS);
  }
}

function rows(rounds: readonly Seen[]): Row[] {
  const subject = 'outrigger, binary';
  const of = (read: (seen: Seen) => number) => rounds.map(read);
  const [healthy, stall] = [of((seen) => seen.healthyP99Ms), of((seen) => seen.stallP99Ms)];
  const bound = rounds.map(() => BOUND_BYTES / MIB);
  return [
    toRow({
      subject,
      metric: 'memory growth MiB, of the bound',
      samples: of((seen) => seen.growthMiB),
      reference: bound,
      gate: { atMost: MOST_GROWTH },
    }),
    toRow({ subject, metric: 'p99 ms, sink answers', samples: healthy }),
    toRow({
      subject,
      metric: 'p99 ms, sink stands still',
      samples: stall,
      reference: healthy,
      gate: { atMost: MOST_P99 },
    }),
    toRow({ subject, metric: 'events dropped and counted', samples: of((seen) => seen.dropped) }),
    toRow({
      subject,
      metric: 'events not accounted for',
      samples: of((seen) => seen.unexplained),
      gate: { atMost: 0 },
    }),
  ];
}
