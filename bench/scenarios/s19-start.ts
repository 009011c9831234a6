// S19: how soon does the agent accept after its start, and what does it weigh at rest, compared with a bare node:http server?

import { setTimeout as sleep } from 'node:timers/promises';
import { backendSpec } from '../backends.ts';
import { readMemory } from '../proc-stat.ts';
import { type Row, type Scenario, toRow } from '../scenario.ts';
import { timeStart } from '../start-probe.ts';
import { agent, bareNode, LOAD_CORE, type Subject } from '../subjects.ts';

const GATE_START_RATIO = 2.2;
const GATE_MEMORY_RATIO = 1.5;
const STARTS = 15; // at least; as many again are not worth the minute
const SETTLE_MS = 2_000; // what is loaded after the port is bound has been loaded by then
const MIB = 2 ** 20;

interface Figures {
  readonly subject: Subject;
  readonly acceptMs: number[];
  readonly answerMs: number[];
  readonly residentMiB: number[];
}

export const start: Scenario = {
  name: 'S19',
  title: 'start to accepting; memory at rest',
  method: `${STARTS} interleaved starts; reference: a bare node:http server, one CJS file, same Node. Memory: VmRSS 2 s after the first answer.`,
  tools: ['nginx', 'taskset'],
  async run(bench) {
    const backend = await bench.rig.start(backendSpec({ kind: 'small', core: LOAD_CORE, bodyBytes: null }));
    const contestants = [bareNode, agent(bench.agentScript)].map(
      (subject): Figures => ({ subject, acceptMs: [], answerMs: [], residentMiB: [] }),
    );
    // Start 0 fills the page cache and is not counted.
    for (let index = 0; index <= STARTS; index++) {
      for (const { subject, ...figures } of contestants) {
        const { server, acceptMs, answerMs } = await timeStart(await bench.rig.prepare(subject.spec(backend)));
        if (index > 0) {
          figures.acceptMs.push(acceptMs);
          figures.answerMs.push(answerMs);
          bench.say(`start ${index} ${subject.name}: ${acceptMs.toFixed(1)} ms, answer ${answerMs.toFixed(1)} ms`);
        }
        if (index > 0 && index <= bench.rounds) {
          await sleep(SETTLE_MS);
          figures.residentMiB.push(readMemory(server.pid).residentBytes / MIB);
        }
        await server.stop('SIGKILL');
      }
    }
    return toRows(contestants as [Figures, Figures]);
  },
};

function toRows([reference, subject]: [Figures, Figures]): Row[] {
  const pair = (metric: string, key: 'acceptMs' | 'answerMs' | 'residentMiB', gate?: number) => [
    toRow({ subject: reference.subject.name, metric, samples: reference[key] }),
    toRow({
      subject: subject.subject.name,
      metric,
      samples: subject[key],
      reference: reference[key],
      ...(gate === undefined ? {} : { gate: { atMost: gate } }),
    }),
  ];
  return [
    ...pair('start to accepting ms', 'acceptMs', GATE_START_RATIO),
    ...pair('start to first answer ms', 'answerMs'),
    ...pair('resident at rest MiB', 'residentMiB', GATE_MEMORY_RATIO),
  ];
}
