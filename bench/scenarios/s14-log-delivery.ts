// S14: how fast do waiting events reach a sink, compared with a client that does nothing but write and wait for answers?

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Delivered } from '../logging/delivered.ts';
import { LogSink } from '../logging/log-sinks.ts';
import { type Bench, type Measured, type Row, type Scenario, toRow } from '../scenario.ts';
import { SUBJECT_CORE } from '../subjects.ts';
import { toolPath } from '../tools.ts';

const EVENTS = 20_000;
const PASSES = 2; // the first is not timed
const LEAST = { binary: 0.5, batched: 3 }; // times the events per second of the raw client
const DEADLINE_MS = 60_000;
const RAW = fileURLToPath(new URL('../logging/raw-delivery.ts', import.meta.url));
const AGENT = fileURLToPath(new URL('../logging/agent-delivery.ts', import.meta.url));
const run = promisify(execFile);

interface Entrant {
  readonly name: string;
  /** What stands behind `node`. */
  command(sink: LogSink, folder: string): readonly string[];
  /** Null: figures only. */
  readonly least: number | null;
  readonly samples: Delivered[];
}

export const logDelivery: Scenario = {
  name: 'S14',
  title: 'delivery of 20,000 events of 1 KB that wait',
  method:
    "The queue and the sender of the agent in a process of their own, the default 5 deliveries at once; reference: raw sockets with one event in flight on each of 5 connections. With 32 in flight the raw client shows what the sink can take. Batched: the agent's default, 100 events. A pass of as many events goes before.",
  tools: ['taskset'],
  async run(bench) {
    const sink = await LogSink.start(bench.rig);
    const [reference, ...others] = entrants();
    for (let round = 1; round <= bench.rounds; round++) {
      for (const entrant of [reference!, ...others]) {
        const sample = await deliverOnce(bench, { entrant, sink, folder: `${entrant.name}-${round}` });
        entrant.samples.push(sample);
        const { eventsPerSecond, cpuUsPerEvent } = sample;
        bench.say(`round ${round} ${entrant.name}: ${eventsPerSecond.toFixed(0)}/s, ${cpuUsPerEvent.toFixed(1)} us`);
      }
    }
    return [reference!, ...others].flatMap((entrant) => rows(entrant, reference!));
  },
};

function entrants(): Entrant[] {
  const raw = (name: string, inFlight: number): Entrant => ({
    name,
    command: (sink) => [RAW, String(sink.port), String(EVENTS), String(inFlight)],
    least: null,
    samples: [],
  });
  const agent = (name: string, format: string, more: { least: number | null; spooled: boolean }): Entrant => ({
    name,
    command: (sink, folder) => {
      const flags = ['--log-url', sink.url, '--log-format', format];
      return [AGENT, String(EVENTS), ...flags, ...(more.spooled ? ['--log-spool-dir', folder] : [])];
    },
    least: more.least,
    samples: [],
  });
  return [
    raw('raw client', 1),
    raw('raw client, 32 in flight', 32),
    agent('outrigger, binary', 'binary', { least: LEAST.binary, spooled: false }),
    agent('outrigger, batched', 'batched', { least: LEAST.batched, spooled: false }),
    agent('outrigger, binary, spool', 'binary', { least: null, spooled: true }),
    agent('outrigger, batched, spool', 'batched', { least: null, spooled: true }),
  ];
}

interface Turn {
  readonly entrant: Entrant;
  readonly sink: LogSink;
  readonly folder: string;
}

async function deliverOnce({ rig }: Bench, { entrant, sink, folder }: Turn): Promise<Delivered> {
  const { events } = await sink.counts();
  const args = ['-c', String(SUBJECT_CORE), process.execPath, ...entrant.command(sink, join(rig.folder, folder))];
  const { stdout } = await run(toolPath('taskset'), args, { timeout: DEADLINE_MS, killSignal: 'SIGKILL' });
  await sink.received(events + PASSES * EVENTS);
  return JSON.parse(stdout) as Delivered;
}

function rows({ name, samples, least }: Entrant, reference: Entrant): Row[] {
  const rate = (of: readonly Delivered[]) => of.map((each) => each.eventsPerSecond);
  const measured: Measured = { subject: name, metric: 'events/s', samples: rate(samples) };
  const compared = name === reference.name ? measured : { ...measured, reference: rate(reference.samples) };
  return [
    toRow(least === null ? compared : { ...compared, gate: { atLeast: least } }),
    toRow({ subject: name, metric: 'CPU us/event', samples: samples.map((each) => each.cpuUsPerEvent) }),
  ];
}
