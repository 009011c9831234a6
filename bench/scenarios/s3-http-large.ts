// S3: what does a body of 1 MB cost compared with nginx, and does memory stay flat while thousands of them pass?

import { join } from 'node:path';
import { cpuRows, runContest, type Sample, strangersNote } from '../contest.ts';
import { httpContest, lanesGates } from '../http-contest.ts';
import { writeInferJson } from '../payloads.ts';
import { type Row, type Scenario, toRow } from '../scenario.ts';

const MOST = { lanes: 0.9, noSwap: 1.1 }; // of nginx
const GATE_GROWTH = 1.25; // highest resident memory in the last round over that in the first
const MIB = 2 ** 20;

export const httpLarge: Scenario = {
  name: 'S3',
  title: 'HTTP, 1 MB POST, 8 connections',
  method:
    'wrk; reference: nginx, 1 worker, bodies streamed (`proxy_request_buffering off`, 64 KB buffer): its default would write each to a file. Memory is the peak of a round (VmHWM, reset before each).',
  tools: ['wrk', 'nginx', 'taskset'],
  async run(bench) {
    const payload = writeInferJson(join(bench.rig.folder, 'body.json'), '1 MB');
    const samples = await runContest(bench, httpContest({ bench, payload, bodies: 'large', connections: 8 }));
    bench.note(strangersNote(samples));
    const memory = [...samples].flatMap(([subject, each]) => memoryRows(subject.name, each, !subject.isReference));
    return [...cpuRows(samples, lanesGates(bench, MOST)), ...memory];
  },
};

function memoryRows(subject: string, samples: readonly Sample[], gated: boolean): Row[] {
  const peaksMiB = samples.map((each) => each.peakBytes / MIB);
  const growth = peaksMiB.at(-1)! / peaksMiB[0]!;
  const peak = toRow({ subject, metric: 'peak memory MiB', samples: peaksMiB });
  if (!gated) return [peak];
  return [
    peak,
    toRow({ subject, metric: 'peak, last / first round', samples: [growth], gate: { atMost: GATE_GROWTH } }),
  ];
}
