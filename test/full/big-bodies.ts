// 1 GiB up and 1 GiB down, with a length and in chunks, the receiver slow at first: the agent's peak memory grows by less than 64 MiB.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { builtProgram } from '../e2e/support/built-program.ts';
import { freePort } from '../support/free-ports.ts';

const totalBytes = 2 ** 30;
const maxGrowthMiB = 64;
const slowForMs = 2000; // the receiver reads nothing for so long: whatever the agent would hold, it holds by then
const slice = Buffer.alloc(64 * 1024, 'x');

type Framing = 'known length' | 'chunked';

const head = (framing: Framing) =>
  framing === 'chunked' ? 'Transfer-Encoding: chunked\r\n\r\n' : `Content-Length: ${totalBytes}\r\n\r\n`;
const frame = (framing: Framing) =>
  framing === 'chunked' ? Buffer.concat([Buffer.from('10000\r\n'), slice, Buffer.from('\r\n')]) : slice;
const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';

async function send(socket: Socket, framing: Framing): Promise<void> {
  const part = frame(framing);
  for (let sent = 0; sent < totalBytes; sent += slice.length) {
    if (!socket.write(part)) await once(socket, 'drain');
  }
  if (framing === 'chunked') socket.write('0\r\n\r\n');
}

/** Counts the bytes of the body alone: no head and no chunk line of ours contains an x. */
function receive(socket: Socket): Promise<number> {
  let received = 0;
  return new Promise((resolve, reject) => {
    const cut = setTimeout(() => reject(new Error(`${received} bytes after 60 s`)), 60_000);
    socket.on('data', (chunk: Buffer) => {
      const first = chunk.indexOf(0x78);
      if (first < 0) return;
      // Only a slice's border holds other bytes, so counting byte by byte is needed in chunks alone.
      if (first === 0 && chunk.indexOf(0x0d) < 0) received += chunk.length;
      else for (const byte of chunk) if (byte === 0x78) received += 1;
      if (received < totalBytes) return;
      clearTimeout(cut);
      resolve(received);
    });
    socket.resume();
    socket.once('close', () => {
      clearTimeout(cut);
      reject(new Error(`closed after ${received} bytes`));
    });
  });
}

/** A runtime that answers requests on /small, and gives or takes the big body on /down and /up. */
async function listenRuntime(framing: Framing) {
  const taken = Promise.withResolvers<number>();
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', async (first: Buffer) => {
      const text = first.toString('latin1');
      if (text.startsWith('GET /small')) socket.end(answer);
      else if (text.startsWith('GET /down')) {
        socket.write(`HTTP/1.1 200 OK\r\n${head(framing)}`);
        await send(socket, framing);
      } else {
        socket.pause();
        socket.unshift(first.subarray(first.indexOf('\r\n\r\n')));
        await pause(slowForMs);
        receive(socket).then(taken.resolve, taken.reject);
        taken.promise.then(
          () => socket.write(answer),
          () => socket.destroy(),
        );
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, taken: taken.promise, close: () => server.close() };
}

async function startAgent(program: string, runtimePort: number) {
  const port = await freePort();
  const flags = ['--host', '127.0.0.1', '--port', String(port), '--component-port', String(runtimePort)];
  const agent = spawn(process.execPath, [program, ...flags, '--metrics-port', '0'], { stdio: 'ignore' });
  for (let tries = 0; tries < 200; tries++) {
    const answered = await fetch(`http://127.0.0.1:${port}/small`).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return { agent, port };
    await pause(25);
  }
  agent.kill('SIGKILL');
  throw new Error('the agent does not answer');
}

function peakMiB(agent: ChildProcess): number {
  const status = readFileSync(`/proc/${agent.pid}/status`, 'latin1');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

async function run(program: string, direction: 'up' | 'down', framing: Framing): Promise<boolean> {
  const runtime = await listenRuntime(framing);
  const { agent, port } = await startAgent(program, runtime.port);
  const client = connect(port, '127.0.0.1').on('error', () => undefined);
  try {
    const beforeMiB = peakMiB(agent);
    const startedAtMs = performance.now();
    if (direction === 'down') {
      client.write('GET /down HTTP/1.1\r\nHost: h\r\n\r\n');
      client.pause();
      await pause(slowForMs);
      await receive(client);
    } else {
      client.write(`POST /up HTTP/1.1\r\nHost: h\r\n${head(framing)}`);
      await Promise.all([send(client, framing), runtime.taken]);
      await once(client, 'data');
    }
    const growthMiB = peakMiB(agent) - beforeMiB;
    const seconds = (performance.now() - startedAtMs) / 1000;
    const good = growthMiB < maxGrowthMiB;
    const figures = `peak ${beforeMiB.toFixed(0)} -> +${growthMiB.toFixed(1)} MiB, ${seconds.toFixed(1)} s`;
    console.log(`${good ? 'ok  ' : 'FAIL'} 1 GiB ${direction}, ${framing}: ${figures}`);
    return good;
  } finally {
    client.destroy();
    agent.kill('SIGKILL');
    runtime.close();
  }
}

const program = await builtProgram();
let failed = 0;
for (const direction of ['up', 'down'] as const) {
  for (const framing of ['known length', 'chunked'] as const) {
    const good = await run(program, direction, framing).catch((error: Error) => {
      console.log(`FAIL 1 GiB ${direction}, ${framing}: ${error.message}`);
      return false;
    });
    if (!good) failed += 1;
  }
}
console.log(`${4 - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
