// S11: what does the agent burn while nothing happens, with every capability on?

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { backendSpec } from '../backends.ts';
import { checkHttp } from '../checks.ts';
import { writeInferJson } from '../payloads.ts';
import { readSchedulerNs, readWakeUps } from '../proc-stat.ts';
import { type Scenario, toRow } from '../scenario.ts';
import { agentWithEverythingOn, LOAD_CORE } from '../subjects.ts';

const GATE_CPU_PERCENT = 0.1; // of one core
const WINDOW_MS = 20_000;
const SETTLE_MS = 6_000; // idle connections to the runtime are given up after 4 s
const MAX_WINDOWS = 3;
const WARM_UP_REQUESTS = 20;

export const idle: Scenario = {
  name: 'S11',
  title: 'idle for 20 s, every capability and the operator port on',
  method: 'CPU by the scheduler (schedstat) over windows of 20 s, after some requests and 6 s of rest; no reference.',
  tools: ['nginx', 'taskset'],
  async run(bench) {
    const payload = writeInferJson(join(bench.rig.folder, 'body.json'), '1 KB');
    const backend = await bench.rig.start(backendSpec({ kind: 'small', core: LOAD_CORE, bodyBytes: null }));
    const subject = agentWithEverythingOn(bench.agentScript);
    const server = await bench.rig.start(subject.spec(backend));
    for (let sent = 0; sent < WARM_UP_REQUESTS; sent++) await checkHttp(server, backend, payload);
    await sleep(SETTLE_MS);
    const [cpuPercent, wakeUpsPerSecond]: [number[], number[]] = [[], []];
    for (let window = 1; window <= Math.min(bench.rounds, MAX_WINDOWS); window++) {
      const before = { ns: readSchedulerNs(server.pid), wakeUps: readWakeUps(server.pid), atMs: performance.now() };
      await sleep(WINDOW_MS);
      const elapsedMs = performance.now() - before.atMs;
      cpuPercent.push((100 * (readSchedulerNs(server.pid) - before.ns)) / (elapsedMs * 1e6));
      wakeUpsPerSecond.push((1000 * (readWakeUps(server.pid) - before.wakeUps)) / elapsedMs);
      bench.say(
        `window ${window}: ${cpuPercent.at(-1)!.toFixed(3)} %, ${wakeUpsPerSecond.at(-1)!.toFixed(1)} wake-ups/s`,
      );
    }
    return [
      toRow({
        subject: subject.name,
        metric: 'CPU % of a core',
        samples: cpuPercent,
        gate: { atMost: GATE_CPU_PERCENT },
      }),
      toRow({ subject: subject.name, metric: 'wake-ups/s', samples: wakeUpsPerSecond }),
    ];
  },
};
