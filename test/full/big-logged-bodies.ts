// 100 MiB up and down through an agent that logs the first MiB of it, and through one that has no room for so much: what it costs.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { builtProgram } from '../e2e/support/built-program.ts';
import { freePorts } from '../support/free-ports.ts';

const mebibyte = 2 ** 20;
const bodyBytes = 100 * mebibyte;
const deadlineMs = 30_000;
const slice = Buffer.alloc(64 * 1024, 'x');

interface Case {
  readonly what: string;
  readonly direction: 'up' | 'down';
  readonly flags: readonly string[];
  /** Of the payload of the large body's event; null: there must be none, but a count. */
  readonly loggedBytes: number | null;
  readonly maxGrowthMiB: number;
}

const limited = { flags: ['--log-max-bytes', String(mebibyte)], loggedBytes: mebibyte, maxGrowthMiB: 64 };
/** The default queue of 64 MiB is what the copy may take until it is given up. */
const unlimited = { flags: [], loggedBytes: null, maxGrowthMiB: 128 };
const cases: readonly Case[] = [
  { what: 'up, 1 MiB of it logged', direction: 'up', ...limited },
  { what: 'down, 1 MiB of it logged', direction: 'down', ...limited },
  { what: 'up, too large to be logged', direction: 'up', ...unlimited },
  { what: 'down, too large to be logged', direction: 'down', ...unlimited },
];

async function listen(handle: (incoming: IncomingMessage, outgoing: ServerResponse) => void) {
  const server: Server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close().closeAllConnections() };
}

/** Writes with back-pressure. */
async function pour(into: NodeJS.WritableStream): Promise<void> {
  for (let sent = 0; sent < bodyBytes; sent += slice.length) if (!into.write(slice)) await once(into, 'drain');
  into.end();
}

async function drink(from: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of from) bytes += (chunk as Buffer).length;
  return bytes;
}

function openRuntime() {
  return listen(async (incoming, outgoing) => {
    const received = await drink(incoming);
    if (incoming.url === '/down') {
      outgoing.writeHead(200, { 'Content-Length': bodyBytes });
      await pour(outgoing);
    } else outgoing.end(`{"received":${received}}`);
  });
}

/** Bytes of payloads by type of event. */
async function openSink() {
  const payloads: { type: string; bytes: number }[] = [];
  const server = await listen(async (incoming, outgoing) => {
    const bytes = await drink(incoming);
    payloads.push({ type: String(incoming.headers['ce-type']).split('.').at(-1) as string, bytes });
    outgoing.writeHead(202).end();
  });
  return { ...server, payloads };
}

async function until(what: string, claim: () => Promise<boolean> | boolean): Promise<void> {
  const endsMs = performance.now() + deadlineMs;
  while (!(await claim())) {
    if (performance.now() > endsMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await pause(20);
  }
}

async function ask(port: number, direction: 'up' | 'down' | 'small'): Promise<number> {
  const body = direction === 'up' ? { 'Content-Length': bodyBytes } : {};
  const outgoing = request({ port, host: '127.0.0.1', method: 'POST', path: `/${direction}`, headers: body });
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  if (direction === 'up') await pour(outgoing);
  else outgoing.end();
  const [answer] = await answered;
  return drink(answer);
}

function peakMiB(agent: ChildProcess): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${agent.pid}/status`, 'latin1'))?.[1]) / 1024;
}

async function run(program: string, { direction, flags, loggedBytes, maxGrowthMiB }: Case): Promise<string> {
  const [runtime, sink] = [await openRuntime(), await openSink()];
  const [port, opsPort] = (await freePorts(2)) as [number, number];
  const ports = ['--port', port, '--metrics-port', opsPort, '--component-port', runtime.port].map(String);
  const local = ['--host', '127.0.0.1', '--metrics-host', '127.0.0.1', '--log-url', `http://127.0.0.1:${sink.port}/`];
  const agent = spawn(process.execPath, [program, ...ports, ...local, ...flags], { stdio: 'ignore' });
  try {
    await until('the agent answers', () => ask(port, 'small').then(Boolean, () => false));
    await until('the first events', () => sink.payloads.length === 2);
    const beforeMiB = peakMiB(agent);
    const received = await ask(port, direction);
    if (direction === 'down' && received !== bodyBytes) throw new Error(`${received} bytes came`);
    const dropped = /^outrigger_log_events_dropped_total\{[^}]*reason="capture_full"\} 1$/m;
    const page = async () => (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text();
    if (loggedBytes === null) await until('the event is counted as lost', async () => dropped.test(await page()));
    else await until('both events', () => sink.payloads.length === 4);
    const type = direction === 'up' ? 'request' : 'response';
    const logged = sink.payloads.slice(2).find((each) => each.type === type)?.bytes ?? null;
    if (logged !== loggedBytes) throw new Error(`${logged} bytes were logged`);
    const growthMiB = peakMiB(agent) - beforeMiB;
    const figures = `peak ${beforeMiB.toFixed(0)} -> +${growthMiB.toFixed(1)} MiB`;
    if (growthMiB >= maxGrowthMiB) throw new Error(figures);
    return figures;
  } finally {
    agent.kill('SIGKILL');
    runtime.close();
    sink.close();
  }
}

const program = await builtProgram();
let failed = 0;
for (const each of cases) {
  const [good, figures] = await run(program, each).then(
    (text) => [true, text] as const,
    (error: Error) => [false, error.message] as const,
  );
  console.log(`${good ? 'ok  ' : 'FAIL'} 100 MiB ${each.what}: ${figures}`);
  if (!good) failed += 1;
}
console.log(`${cases.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
