// One server process on one core: started, waited for, stopped by its own id.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { toolPath } from './tools.ts';

const STOP_DEADLINE_MS = 8_000; // the agent may drain; then it is killed
const START_DEADLINE_MS = 10_000;
const [FIRST_PORT, LAST_PORT] = [10_000, 32_000];

/** One core, or all there are. */
export type Core = number | 'any';

export interface Command {
  readonly core: Core;
  readonly port: number; // where it will accept
  readonly argv: readonly [program: string, ...args: string[]];
  readonly outputFile: string; // stdout and stderr
}

export interface Server {
  readonly pid: number;
  readonly port: number;
  readonly outputFile: string;
  readonly exited: boolean;
  /** SIGTERM (or the signal given), then SIGKILL after a deadline; twice is harmless. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

export function startProcess(command: Command): Server {
  const output = openSync(command.outputFile, 'a');
  // taskset replaces itself with the program, so that the id is the program's own.
  const child = spawn(toolPath('taskset'), ['-c', coreList(command.core), ...command.argv], {
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  if (child.pid === undefined) throw new Error(`cannot start ${command.argv[0]}`);
  return {
    pid: child.pid,
    port: command.port,
    outputFile: command.outputFile,
    get exited() {
      return child.exitCode !== null || child.signalCode !== null;
    },
    stop: (signal = 'SIGTERM') => stop(child, signal),
  };
}

/** As taskset takes it. The harness itself has one core, which its children would inherit. */
export function coreList(core: Core): string {
  return core === 'any' ? `0-${cpus().length - 1}` : String(core);
}

async function stop(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
  await gone;
  clearTimeout(killer);
}

/** Resolves when its port accepts. @throws Error with the end of its output when it exits or is too slow. */
export async function waitForPort(server: Server): Promise<void> {
  const deadline = performance.now() + START_DEADLINE_MS;
  while (!(await accepts(server.port))) {
    if (server.exited || performance.now() > deadline) throw startFailure(server);
    await sleep(5);
  }
}

export function startFailure(server: Server): Error {
  const reason = `nothing accepts on port ${server.port}: ${server.exited ? 'exited' : 'too slow'}`;
  return new Error(`${reason}\n${lastOutput(server)}`);
}

/** The end of what it wrote to stdout and stderr. */
export function lastOutput(server: Server): string {
  return readFileSync(server.outputFile, 'utf8').trim().split('\n').slice(-10).join('\n');
}

/** One attempt to connect, about 0.1 ms when refused. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/**
 * A port that was free a moment ago, below the range that the kernel gives to outgoing connections: a client that keeps trying
 * to connect to a port of that range will one day be given the very port as its own, and be connected to itself.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    const server = createServer();
    const bound = once(server, 'listening').then(
      () => true,
      () => false,
    );
    server.listen(port, '127.0.0.1');
    if (!(await bound)) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
