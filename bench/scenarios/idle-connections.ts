// IDLE-1000: what memory do a thousand idle keep-alive connections hold, with lanes and without?

import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { backendSpec } from '../backends.ts';
import { checkHttp } from '../checks.ts';
import { INFER_PATH, writeInferJson } from '../payloads.ts';
import { readMemory } from '../proc-stat.ts';
import { type Bench, type Row, type Scenario, toRow } from '../scenario.ts';
import { agent, agentWithoutLanes, agentWithoutSwap, LOAD_CORE, type Subject } from '../subjects.ts';

const CONNECTIONS = 1000;
const REQUESTS_EACH = 3;
const MOST_MIB = 30;
const SETTLE_MS = 1000;
const MIB = 2 ** 20;

export const idleConnections: Scenario = {
  name: 'IDLE-1000',
  title: '1,000 idle client connections after 3 requests each',
  method:
    'Resident memory with them minus that after some requests before; one after the other, each round a fresh agent.',
  tools: ['nginx', 'taskset'],
  async run(bench) {
    const rows: Row[] = [];
    for (const open of [agent, agentWithoutSwap, agentWithoutLanes]) {
      const subject = open(bench.agentScript);
      const mib: number[] = [];
      for (let round = 1; round <= bench.rounds; round++) mib.push(await measure(bench, subject));
      bench.say(`${subject.name}: ${mib.map((each) => each.toFixed(1)).join(', ')} MiB`);
      const gate = open === agent ? { gate: { atMost: MOST_MIB } } : {};
      rows.push(toRow({ subject: subject.name, metric: 'MiB more', samples: mib, ...gate }));
    }
    return rows;
  },
};

async function measure({ rig }: Bench, subject: Subject): Promise<number> {
  const payload = writeInferJson(join(rig.folder, 'body.json'), '1 KB');
  const backend = await rig.start(backendSpec({ kind: 'small', core: LOAD_CORE, bodyBytes: null }));
  const server = await rig.start(subject.spec(backend));
  await checkHttp(server, backend, payload);
  await sleep(SETTLE_MS);
  const before = readMemory(server.pid).residentBytes;
  const head = `POST ${INFER_PATH} HTTP/1.1\r\nHost: h\r\nContent-Length: ${payload.bytes.length}\r\n\r\n`;
  const request = Buffer.concat([Buffer.from(head), payload.bytes]);
  const sockets: Socket[] = [];
  for (let i = 0; i < CONNECTIONS; i++) sockets.push(await openIdle(server.port, request));
  await sleep(SETTLE_MS);
  const more = readMemory(server.pid).residentBytes - before;
  for (const socket of sockets) socket.destroy();
  await server.stop();
  return more / MIB;
}

/** One connection that had its answers. */
async function openIdle(port: number, request: Uint8Array): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  for (let sent = 0; sent < REQUESTS_EACH; sent++) {
    await new Promise<void>((resolve, reject) => {
      socket.once('data', () => resolve());
      socket.once('error', reject);
      socket.write(request);
    });
  }
  return socket;
}
