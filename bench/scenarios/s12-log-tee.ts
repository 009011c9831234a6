// S12: what does logging cost a request, in CPU and in time, when the sink is fast?

import { join } from 'node:path';
import { backendSpec } from '../backends.ts';
import { runOpenLoop } from '../batching/batch-load.ts';
import { checkHttp } from '../checks.ts';
import { type Contest, runContest, type Samples, strangersNote } from '../contest.ts';
import { inferCall } from '../logging/log-load.ts';
import { LogSink } from '../logging/log-sinks.ts';
import { writeInferJson } from '../payloads.ts';
import { type Bench, type Measured, type Row, type Scenario, toRow } from '../scenario.ts';
import { agentWith, LOAD_CORE, type Subject } from '../subjects.ts';

const REQUESTS_PER_SECOND = 2_000;
const CONNECTIONS = 64;
const EVENTS_PER_REQUEST = 2;
const WARM_UP_MS = 200;
const MOST_CPU = { binary: 1.9, batched: 1.4 }; // times the same agent without logging
const MOST_ADDED_US = 30;

/** `mostCpu` null: figures only. */
interface Entrant {
  readonly subject: Subject;
  readonly mostCpu: number | null;
}

export const logTee: Scenario = {
  name: 'S12',
  title: 'logging to a fast sink: 1 KB POST, 2,000 requests a second, two events each',
  method:
    'Poisson arrivals on 64 connections from a client that checks every answer; CPU is counted until the sink has the last event, and the time of a request is its median. Reference: the same agent without logging. Spool: events are on disk before the last byte of an answer goes out.',
  tools: ['nginx', 'taskset'],
  async run(bench) {
    const sink = await LogSink.start(bench.rig);
    const off = agentWith(bench.agentScript, 'logging off', [], true);
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
  return [
    { subject: agentWith(agentScript, 'binary', url), mostCpu: MOST_CPU.binary },
    { subject: agentWith(agentScript, 'batched', batched), mostCpu: MOST_CPU.batched },
    { subject: agentWith(agentScript, 'binary, spool', [...url, ...spool('binary')]), mostCpu: null },
    { subject: agentWith(agentScript, 'batched, spool', [...batched, ...spool('batched')]), mostCpu: null },
  ];
}

interface Parts {
  readonly sink: LogSink;
  readonly off: Subject;
  readonly entrants: readonly Entrant[];
}

function contest({ rig }: Bench, { sink, off, entrants }: Parts): Contest {
  const payload = writeInferJson(join(rig.folder, 'body.json'), '1 KB');
  const loggingPorts = new Set<number>();
  return {
    backend: backendSpec({ kind: 'small', core: LOAD_CORE, bodyBytes: payload.bytes.length }),
    subjects: [off, ...entrants.map(({ subject }) => withPort(subject, (port) => loggingPorts.add(port)))],
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

function rows(samples: Samples, off: Subject, entrants: readonly Entrant[]): Row[] {
  const named = new Map([...samples].map(([{ name }, each]) => [name, each]));
  const cpuOf = ({ name }: Subject) => named.get(name)!.map((each) => each.cpuUsPerRequest);
  const p50Of = ({ name }: Subject) => named.get(name)!.map((each) => each.p50Us!);
  const cpu = ({ subject, mostCpu }: Entrant): Measured => {
    const measured = {
      subject: subject.name,
      metric: 'CPU us/request',
      samples: cpuOf(subject),
      reference: cpuOf(off),
    };
    return mostCpu === null ? measured : { ...measured, gate: { atMost: mostCpu } };
  };
  const added = ({ subject, mostCpu }: Entrant): Measured => {
    const addedUs = p50Of(subject).map((p50Us, round) => p50Us - p50Of(off)[round]!);
    const measured = { subject: subject.name, metric: 'added p50 us', samples: addedUs };
    return mostCpu === null ? measured : { ...measured, gate: { atMost: MOST_ADDED_US } };
  };
  return [
    toRow({ subject: off.name, metric: 'CPU us/request', samples: cpuOf(off) }),
    toRow({ subject: off.name, metric: 'p50 us', samples: p50Of(off) }),
    ...entrants.flatMap((entrant) => [toRow(cpu(entrant)), toRow(added(entrant))]),
  ];
}
