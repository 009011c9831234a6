// 1 GiB up and 1 GiB down over HTTP/2, the receiver still at first: the agent's peak memory stays flat.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type ClientHttp2Session, connect, createServer, type Http2Stream, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { builtProgram } from '../e2e/support/built-program.ts';
import { freePort } from '../support/free-ports.ts';

const totalBytes = 2 ** 30;
const maxGrowthMiB = 64;
const stillForMs = 2000; // the receiver reads nothing for so long: whatever the agent would hold, it holds by then
const slice = Buffer.alloc(64 * 1024, 'x');

async function send(stream: Http2Stream): Promise<void> {
  for (let sent = 0; sent < totalBytes; sent += slice.length) {
    if (!stream.write(slice)) await once(stream, 'drain');
  }
  stream.end();
}

async function receive(stream: Http2Stream): Promise<number> {
  let received = 0;
  stream.pause();
  await pause(stillForMs);
  stream.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  stream.resume();
  await once(stream, 'end', { signal: AbortSignal.timeout(120_000) });
  return received;
}

/** Gives the big body on /down, takes it on /up and answers with the count. */
async function listenRuntime() {
  const server = createServer();
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => stream.destroy());
    if (headers[':path'] === '/up') {
      void receive(stream).then((received) => {
        stream.respond({ ':status': 200 });
        stream.end(String(received));
      });
    } else {
      stream.respond({ ':status': 200 });
      if (headers[':path'] === '/down') void send(stream);
      else stream.end('{}');
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

function ask(session: ClientHttp2Session, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const stream = session.request({ ':path': path }).resume();
    stream.on('error', () => undefined);
    stream.on('response', (headers) => resolve(headers[':status'] === 200));
    stream.on('close', () => resolve(false));
  });
}

async function startAgent(program: string, runtimePort: number) {
  const port = await freePort();
  const flags = ['--host', '127.0.0.1', '--port', String(port), '--component-port', String(runtimePort)];
  const agent = spawn(process.execPath, [program, ...flags, '--metrics-port', '0'], { stdio: 'ignore' });
  for (let tries = 0; tries < 200; tries++) {
    const session = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 1 << 20 } });
    session.on('error', () => undefined);
    if (await ask(session, '/small')) return { agent, session };
    session.destroy();
    await pause(25);
  }
  agent.kill('SIGKILL');
  throw new Error('the agent does not answer');
}

function peakMiB(agent: ChildProcess): number {
  const status = readFileSync(`/proc/${agent.pid}/status`, 'latin1');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

async function transfer(session: ClientHttp2Session, direction: 'up' | 'down'): Promise<number> {
  if (direction === 'down') return receive(session.request({ ':path': '/down' }));
  const stream = session.request({ ':method': 'POST', ':path': '/up' }).setEncoding('utf8');
  const answer: string[] = [];
  stream.on('data', (text: string) => answer.push(text));
  await Promise.all([send(stream), once(stream, 'end', { signal: AbortSignal.timeout(120_000) })]);
  return Number(answer.join(''));
}

async function run(program: string, direction: 'up' | 'down'): Promise<boolean> {
  const runtime = await listenRuntime();
  const { agent, session } = await startAgent(program, runtime.port);
  try {
    const beforeMiB = peakMiB(agent);
    const startedAtMs = performance.now();
    const received = await transfer(session, direction);
    const growthMiB = peakMiB(agent) - beforeMiB;
    const seconds = (performance.now() - startedAtMs) / 1000;
    const good = growthMiB < maxGrowthMiB && received === totalBytes;
    const figures = `${received} bytes, peak ${beforeMiB.toFixed(0)} -> +${growthMiB.toFixed(1)} MiB, ${seconds.toFixed(1)} s`;
    console.log(`${good ? 'ok  ' : 'FAIL'} 1 GiB ${direction} over HTTP/2: ${figures}`);
    return good;
  } finally {
    session.destroy();
    agent.kill('SIGKILL');
    runtime.close();
  }
}

const program = await builtProgram();
let failed = 0;
for (const direction of ['up', 'down'] as const) {
  const good = await run(program, direction).catch((error: Error) => {
    console.log(`FAIL 1 GiB ${direction} over HTTP/2: ${error.message}`);
    return false;
  });
  if (!good) failed += 1;
}
console.log(`${2 - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
