// S12: what does logging cost a request, in CPU and in time, when the sink is fast?

import { join } from 'node:path';
import { backendSpec } from '../backends.ts';
import { runOpenLoop } from '../batching/batch-load.ts';
import { checkHttp } from '../checks.ts';
import { type Contest, runContest, type Samples, strangersNote } from '../contest.ts';
import { inferCall } from '../logging/log-load.ts';
import { LogSink } from '../logging/log-sinks.ts';
import { writeInferJson } from '../payloads.ts';
import { type Bench, type Row, type Scenario, toRow } from '../scenario.ts';
import { agentWith, LOAD_CORE, type Subject, withoutLanes } from '../subjects.ts';

const REQUESTS_PER_SECOND = 2_000;
const CONNECTIONS = 64;
const EVENTS_PER_REQUEST = 2;
const WARM_UP_MS = 200;
const MOST_ADDED_CPU = 1; // times what the same logging adds to the agent without lanes
const MOST_ADDED_US = 30;

/** `slow`: the same without lanes; null: figures only. */
interface Entrant {
  readonly subject: Subject;
  readonly slow: Subject | null;
}

/** What the others are compared with. */
interface LoggingOff {
  readonly lanes: Subject;
  readonly slow: Subject;
}

export const logTee: Scenario = {
  name: 'S12',
  title: 'logging to a fast sink: 1 KB POST, 2,000 requests a second, two events each',
  method:
    'Poisson arrivals on 64 connections from a client that checks every answer; CPU is counted until the sink has the last event, and the time of a request is its median. Reference: the same agent without logging; of the CPU that logging adds, what it adds to the agent without lanes. Spool: events are on disk before the last byte of an answer goes out.',
  tools: ['nginx', 'taskset'],
  async run(bench) {
    const sink = await LogSink.start(bench.rig);
    const lanes = agentWith(bench.agentScript, 'logging off', [], true);
    const off = { lanes, slow: withoutLanes(lanes) };
    const entrants = loggingAgents(bench, sink);
    const samples = await runContest(bench, contest(bench, { sink, off, entrants }));
    bench.note(strangersNote(samples));
    return rows(samples, off, entrants);
  },
};

function loggingAgents({ agentScript, rig }: Bench, sink: LogSink): Entrant[] {
  const url = ['--log-url', sink.url];
  const batched = [...url, '--log-format', 'batched'];
  const spool = (name: string) => ['--log-spool-dir', join(rig.folder, name)];
  const beside = (subject: Subject): Entrant => ({ subject, slow: withoutLanes(subject) });
  return [
    beside(agentWith(agentScript, 'binary', url)),
    beside(agentWith(agentScript, 'batched', batched)),
    { subject: agentWith(agentScript, 'binary, spool', [...url, ...spool('binary')]), slow: null },
    { subject: agentWith(agentScript, 'batched, spool', [...batched, ...spool('batched')]), slow: null },
  ];
}

interface Parts {
  readonly sink: LogSink;
  readonly off: LoggingOff;
  readonly entrants: readonly Entrant[];
}

function contest({ rig }: Bench, { sink, off, entrants }: Parts): Contest {
  const payload = writeInferJson(join(rig.folder, 'body.json'), '1 KB');
  const loggingPorts = new Set<number>();
  const logging = entrants.flatMap(({ subject, slow }) => (slow === null ? [subject] : [subject, slow]));
  return {
    backend: backendSpec({ kind: 'small', core: LOAD_CORE, bodyBytes: payload.bytes.length }),
    subjects: [off.lanes, off.slow, ...logging.map((each) => withPort(each, (port) => loggingPorts.add(port)))],
    async check(server, backend) {
      const { events } = await sink.counts();
      await checkHttp(server, backend, payload);
      await sink.received(events + (loggingPorts.has(server.port) ? EVENTS_PER_REQUEST : 0));
    },
    async load(server, seconds, backend) {
      const { events } = await sink.counts();
      const result = await runOpenLoop({
        port: server.port,
        connections: CONNECTIONS,
        calls: [await inferCall(backend, payload.bytes)],
        requestsPerSecond: REQUESTS_PER_SECOND,
        warmUpMs: WARM_UP_MS,
        seconds,
      });
      // All of the price: no event is left for later, and none is missing.
      const logged = loggingPorts.has(server.port) ? EVENTS_PER_REQUEST * result.requests : 0;
      await sink.received(events + logged);
      return result;
    },
  };
}

function withPort(subject: Subject, tell: (port: number) => void): Subject {
  return {
    ...subject,
    spec: (backend) => {
      const { core, command } = subject.spec(backend);
      return {
        core,
        command: (place) => {
          tell(place.port);
          return command(place);
        },
      };
    },
  };
}

function rows(samples: Samples, off: LoggingOff, entrants: readonly Entrant[]): Row[] {
  const named = new Map([...samples].map(([{ name }, each]) => [name, each]));
  const cpuOf = ({ name }: Subject) => named.get(name)!.map((each) => each.cpuUsPerRequest);
  const p50Of = ({ name }: Subject) => named.get(name)!.map((each) => each.p50Us!);
  const addedCpu = (subject: Subject, to: Subject) => less(cpuOf(subject), cpuOf(to));
  const figures = (subject: Subject, to: Subject): Row[] => [
    toRow({ subject: subject.name, metric: 'CPU us/request', samples: cpuOf(subject), reference: cpuOf(to) }),
  ];
  const added = ({ subject, slow }: Entrant): Row[] => {
    const cpu = { subject: subject.name, metric: 'added CPU us', samples: addedCpu(subject, off.lanes) };
    const p50 = { subject: subject.name, metric: 'added p50 us', samples: less(p50Of(subject), p50Of(off.lanes)) };
    if (slow === null) return [toRow(cpu), toRow(p50)];
    const reference = addedCpu(slow, off.slow);
    return [
      toRow({ ...cpu, reference, gate: { atMost: MOST_ADDED_CPU } }),
      toRow({ ...p50, gate: { atMost: MOST_ADDED_US } }),
      ...figures(slow, off.slow),
      toRow({ subject: slow.name, metric: 'added CPU us', samples: reference }),
    ];
  };
  return [
    ...[off.lanes, off.slow].flatMap((each) => [
      toRow({ subject: each.name, metric: 'CPU us/request', samples: cpuOf(each) }),
      toRow({ subject: each.name, metric: 'p50 us', samples: p50Of(each) }),
    ]),
    ...entrants.flatMap((entrant) => [...figures(entrant.subject, off.lanes), ...added(entrant)]),
  ];
}

/** Round by round. */
function less(samples: readonly number[], from: readonly number[]): number[] {
  return samples.map((each, round) => each - from[round]!);
}
