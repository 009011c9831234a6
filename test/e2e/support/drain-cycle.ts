// One agent under 50 keep-alive clients, told to stop in the middle: what did the clients see?
import { Agent, createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { AgentProcess, type Ending } from './agent-process.ts';

export interface DrainCycle {
  readonly answered: number;
  /** What no client may see: a reset, an empty or broken answer, another status than 200. */
  readonly failures: readonly string[];
  /** Clients that found the port closed in the end: all, when nothing is wrong. */
  readonly turnedAway: number;
  readonly ending: Ending;
  /** From the last answer to the end of the process. */
  readonly lingeredMs: number;
}

export interface DrainCycleOptions {
  readonly program: string;
  readonly clients: number;
  readonly flags: readonly string[];
  /** Between 0 and 1, for the times of requests. */
  readonly random: () => number;
  /** A second SIGTERM half a second after the first: the port closes at once, under full load. */
  readonly hurried: boolean;
}

const loadMs = 500;
const chunks = 10;

/** Requests take 10 ms to 2 s, most of them little; one in five is a stream. */
function planRequest(random: () => number): { readonly path: string; readonly bytes: number } {
  const ms = Math.round(10 * 200 ** (random() ** 3));
  return random() < 0.2 ? { path: `/stream?ms=${ms}`, bytes: chunks * 4 } : { path: `/once?ms=${ms}`, bytes: 4 };
}

/** Answers after the milliseconds that the query names, whole or in ten pieces. */
async function startRuntime() {
  const server = createServer(async (incoming, outgoing) => {
    incoming.resume();
    const { pathname, searchParams } = new URL(incoming.url as string, 'http://runtime');
    const pieces = pathname === '/stream' ? chunks : 1;
    for (let piece = 0; piece < pieces; piece++) {
      await wait(Number(searchParams.get('ms')) / pieces);
      outgoing.write('data');
    }
    outgoing.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

export async function runDrainCycle({
  program,
  clients,
  flags,
  random,
  hurried,
}: DrainCycleOptions): Promise<DrainCycle> {
  const runtime = await startRuntime();
  const componentPort = String((runtime.address() as AddressInfo).port);
  const fixed = ['--host', '127.0.0.1', '--port', '0', '--metrics-port', '0', '--component-port', componentPort];
  const agent = new AgentProcess({ program, args: [...fixed, ...flags] });
  try {
    const port = await agent.served();
    const failures: string[] = [];
    const counts = { answered: 0, turnedAway: 0, lastAnswerMs: 0 };
    const load = Array.from({ length: clients }, async () => {
      const keepAlive = new Agent({ keepAlive: true, maxSockets: 1 });
      for (;;) {
        const outcome = await call({ port, keepAlive, ...planRequest(random) });
        if (outcome === 'answered') {
          counts.answered += 1;
          counts.lastAnswerMs = performance.now();
        } else if (outcome === 'turned away') break;
        else failures.push(outcome);
      }
      counts.turnedAway += 1;
      keepAlive.destroy();
    });
    await wait(loadMs);
    agent.signal('SIGTERM');
    await wait(loadMs);
    if (hurried) agent.signal('SIGTERM');
    await Promise.all(load);
    const ending = await agent.end();
    const { answered, turnedAway, lastAnswerMs } = counts;
    return { answered, failures, turnedAway, ending, lingeredMs: performance.now() - lastAnswerMs };
  } finally {
    await agent[Symbol.asyncDispose]();
    runtime.closeAllConnections();
    runtime.close();
  }
}

interface Call {
  readonly port: number;
  readonly keepAlive: Agent;
  readonly path: string;
  readonly bytes: number;
}

/** `answered`, `turned away`, or what went wrong. */
function call({ port, keepAlive, path, bytes }: Call): Promise<string> {
  return new Promise((resolve) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method: 'POST', agent: keepAlive }, (answer) => {
      void judge(answer, bytes).then((fault) => resolve(fault === null ? 'answered' : `${path}: ${fault}`));
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const reused = outgoing.reusedSocket ? ' on a kept connection' : '';
      resolve(error.code === 'ECONNREFUSED' ? 'turned away' : `${path}: ${error.code}${reused}`);
    });
    outgoing.end('{}');
  });
}

async function judge(answer: IncomingMessage, bytes: number): Promise<string | null> {
  let received = 0;
  try {
    for await (const chunk of answer) received += (chunk as Buffer).length;
  } catch (error) {
    return `broken after ${received} bytes: ${(error as NodeJS.ErrnoException).code}`;
  }
  if (answer.statusCode !== 200) return `status ${answer.statusCode}`;
  return received === bytes ? null : `${received} bytes in place of ${bytes}`;
}
