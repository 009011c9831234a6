// CPU per request of several subjects in front of one backend, in interleaved rounds: reference, subject, reference, ...

import type { LoadResult } from './load.ts';
import { readCoreBusyUs, readCpuUs, readMemory, resetPeakMemory } from './proc-stat.ts';
import { lastOutput, type Server } from './process.ts';
import type { ServerSpec } from './rig.ts';
import { type Bench, type Row, toRow } from './scenario.ts';
import { median } from './statistics.ts';
import { SUBJECT_CORE, type Subject } from './subjects.ts';

const WARM_UP_SECONDS = 3; // the slowest subject (10,000 calls a second) has its code compiled by then
const MAX_STRANGERS_PERCENT = 10; // beyond it a round is repeated
const MAX_TRIES = 3; // the quietest counts
const US_PER_SECOND = 1e6;

export interface Contest {
  readonly backend: ServerSpec;
  readonly subjects: readonly Subject[];
  /** One run of the load generator; fails on any failed request. */
  load(server: Server, seconds: number, backend: Server): Promise<LoadResult>;
  check(server: Server, backend: Server): Promise<void>;
  /** What else is measured in each round, before the subjects. */
  beside?(backend: Server): Promise<void>;
}

export interface Sample extends LoadResult {
  readonly cpuUsPerRequest: number;
  readonly peakBytes: number; // highest resident memory in this round
  readonly busyPercent: number; // share of its core that the subject used: near 100, or something held it back
  readonly strangersPercent: number; // share of the core that other processes took
}

export type Samples = ReadonlyMap<Subject, readonly Sample[]>;

export async function runContest(bench: Bench, contest: Contest): Promise<Samples> {
  const backend = await bench.rig.start(contest.backend);
  const entrants: { subject: Subject; server: Server; samples: Sample[] }[] = [];
  for (const subject of contest.subjects) {
    const server = await bench.rig.start(subject.spec(backend));
    await contest.check(server, backend);
    await measureQuietly(server, () => contest.load(server, WARM_UP_SECONDS, backend));
    entrants.push({ subject, server, samples: [] });
  }
  for (let round = 1; round <= bench.rounds; round++) {
    await contest.beside?.(backend);
    for (const { subject, server, samples } of entrants) {
      const sample = await measureQuietly(server, () => contest.load(server, bench.seconds, backend));
      samples.push(sample);
      bench.say(describe({ round, subject, sample }));
    }
  }
  return new Map(entrants.map(({ subject, samples }) => [subject, samples]));
}

/** What a subject's ratio has to be; null: no gate. */
export type Gates = (subject: Subject) => number | null;

/** The table's rows: each subject's CPU per request, and its ratio to the reference. */
export function cpuRows(samples: Samples, gate: number | Gates): Row[] {
  const gateOf = (subject: Subject) => {
    const atMost = typeof gate === 'number' ? gate : gate(subject);
    return atMost === null ? {} : { gate: { atMost } };
  };
  const cpuOf = (subject: Subject) => samples.get(subject)!.map((each) => each.cpuUsPerRequest);
  const reference = [...samples.keys()].find((each) => each.isReference)!;
  return [...samples].map(([subject, each]) =>
    toRow({
      subject: subject.name,
      metric: 'CPU us/request',
      samples: cpuOf(subject),
      requestsPerSecond: each.map((sample) => sample.requestsPerSecond),
      ...(subject.isReference ? {} : { reference: cpuOf(reference), ...gateOf(subject) }),
    }),
  );
}

/** A sentence when others used the subject's core: the figures are then worth less. */
export function strangersNote(samples: Samples): string | null {
  const share = median([...samples.values()].flat().map((each) => each.strangersPercent));
  if (share <= MAX_STRANGERS_PERCENT) return null;
  return `other processes took ${share.toFixed(0)} % of core ${SUBJECT_CORE} (median)`;
}

async function measureQuietly(server: Server, load: () => Promise<LoadResult>): Promise<Sample> {
  try {
    let quietest = await measure(server, load);
    for (let tries = 1; tries < MAX_TRIES && quietest.strangersPercent > MAX_STRANGERS_PERCENT; tries++) {
      const again = await measure(server, load);
      if (again.strangersPercent < quietest.strangersPercent) quietest = again;
    }
    return quietest;
  } catch (error) {
    // A subject that died shows itself as failed requests or as a /proc entry that is gone: its own words say more.
    throw new Error(`${String(error)}\nits last output: ${lastOutput(server)}`, { cause: error });
  }
}

async function measure(server: Server, load: () => Promise<LoadResult>): Promise<Sample> {
  resetPeakMemory(server.pid);
  const before = { cpuUs: readCpuUs(server.pid), coreUs: readCoreBusyUs(SUBJECT_CORE), atMs: performance.now() };
  const result = await load();
  const cpuUs = readCpuUs(server.pid) - before.cpuUs;
  const strangersUs = readCoreBusyUs(SUBJECT_CORE) - before.coreUs - cpuUs;
  const elapsedUs = ((performance.now() - before.atMs) / 1000) * US_PER_SECOND;
  return {
    ...result,
    cpuUsPerRequest: cpuUs / result.requests,
    peakBytes: readMemory(server.pid).peakBytes,
    busyPercent: (100 * cpuUs) / elapsedUs,
    strangersPercent: (100 * Math.max(0, strangersUs)) / elapsedUs,
  };
}

function describe({ round, subject, sample }: { round: number; subject: Subject; sample: Sample }): string {
  const cpu = `${sample.cpuUsPerRequest.toFixed(1)} us/request`;
  const rate = `${sample.requestsPerSecond.toFixed(0)} requests/s`;
  const core = `core ${sample.busyPercent.toFixed(0)} % busy, strangers ${sample.strangersPercent.toFixed(0)} %`;
  return `round ${round} ${subject.name}: ${cpu}, ${rate}, ${core}`;
}
