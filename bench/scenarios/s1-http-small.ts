// S1: what does a small infer request cost on 64 busy connections, compared with nginx?

import { join } from 'node:path';
import { cpuRows, runContest, strangersNote } from '../contest.ts';
import { httpContest, lanesGates } from '../http-contest.ts';
import { writeInferJson } from '../payloads.ts';
import type { Scenario } from '../scenario.ts';

const MOST = { lanes: 1.3, noSwap: 1.5 }; // of nginx

export const httpSmall: Scenario = {
  name: 'S1',
  title: 'HTTP, 1 KB POST, 64 keep-alive connections',
  method: 'wrk; reference: nginx, 1 worker, small bodies buffered.',
  tools: ['wrk', 'nginx', 'taskset'],
  async run(bench) {
    const payload = writeInferJson(join(bench.rig.folder, 'body.json'), '1 KB');
    const samples = await runContest(bench, httpContest({ bench, payload, bodies: 'small', connections: 64 }));
    bench.note(strangersNote(samples));
    return cpuRows(samples, lanesGates(bench, MOST));
  },
};
