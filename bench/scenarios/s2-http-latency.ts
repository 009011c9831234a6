// S2: how much later does an answer come through the agent than straight from the runtime, compared with nginx?

import { join } from 'node:path';
import { backendSpec } from '../backends.ts';
import { checkHttp } from '../checks.ts';
import { runWrk } from '../load.ts';
import { nginx } from '../nginx.ts';
import { writeInferJson } from '../payloads.ts';
import { type Row, type Scenario, toRow } from '../scenario.ts';
import { agent, agentWithoutLanes, SUBJECT_CORE } from '../subjects.ts';

const GATE_RATIO = 1.3;
const WARM_UP_SECONDS = 1;

interface Target {
  readonly name: string;
  readonly port: number;
  readonly p50Us: number[];
  readonly requestsPerSecond: number[];
}

export const httpLatency: Scenario = {
  name: 'S2',
  title: 'HTTP, 1 KB POST, one connection: added p50',
  method:
    'wrk, backend and subject all on one core; p50 through the subject minus p50 of the same round straight to the backend; reference: nginx.',
  tools: ['wrk', 'nginx', 'taskset'],
  async run(bench) {
    const payload = writeInferJson(join(bench.rig.folder, 'body.json'), '1 KB');
    const load = (port: number, seconds: number) =>
      runWrk({ port, core: SUBJECT_CORE, connections: 1, seconds, payload });
    const backend = await bench.rig.start(
      backendSpec({ kind: 'small', core: SUBJECT_CORE, bodyBytes: payload.bytes.length }),
    );
    const targets: Target[] = [target('direct', backend.port)];
    for (const subject of [nginx('small'), agent(bench.agentScript), agentWithoutLanes(bench.agentScript)]) {
      const server = await bench.rig.start(subject.spec(backend));
      await checkHttp(server, backend, payload);
      targets.push(target(subject.name, server.port));
    }
    for (const each of targets) await load(each.port, WARM_UP_SECONDS);
    for (let round = 1; round <= bench.rounds; round++) {
      for (const each of targets) {
        const result = await load(each.port, bench.seconds);
        each.p50Us.push(result.p50Us);
        each.requestsPerSecond.push(result.requestsPerSecond);
        bench.say(`round ${round} ${each.name}: p50 ${result.p50Us.toFixed(1)} us`);
      }
    }
    return toRows(targets);
  },
};

function toRows(targets: readonly Target[]): Row[] {
  const [direct, reference, subject, slow] = targets as [Target, Target, Target, Target];
  const added = (each: Target) => each.p50Us.map((p50Us, round) => p50Us - direct.p50Us[round]!);
  const row = (each: Target) => ({
    subject: each.name,
    metric: 'added p50 us',
    samples: added(each),
    requestsPerSecond: each.requestsPerSecond,
  });
  return [
    toRow({ ...row(direct), metric: 'p50 us', samples: direct.p50Us }),
    toRow(row(reference)),
    toRow({ ...row(subject), reference: added(reference), gate: { atMost: GATE_RATIO } }),
    toRow({ ...row(slow), reference: added(reference) }),
  ];
}

function target(name: string, port: number): Target {
  return { name, port, p50Us: [], requestsPerSecond: [] };
}
