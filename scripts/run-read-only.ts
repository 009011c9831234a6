// Does the program of the image run as the cluster runs it: a user without a name or a home, and nothing to write to?

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface ReadOnlyRun {
  readonly node: string;
  readonly program: string;
  readonly root: string; // the sealed tree: working directory, home and place for temporary files
  readonly uid: number; // taken when this process is root
}

const LISTEN_DEADLINE_MS = 10_000;
const EXIT_DEADLINE_MS = 30_000; // the longest drain of an idle agent, and more

/** Prints what it measured; returns what went wrong. */
export async function runReadOnly(run: ReadOnlyRun): Promise<readonly string[]> {
  const version = spawnSync(...command(run, ['--version']));
  process.stdout.write(`--version: ${version.stdout}`);
  if (version.status !== 0) return [`--version ended with ${version.status}: ${version.stderr}`];
  return serve(run);
}

/** `docker run --read-only --user uid`, as near as it goes without a container. */
function command({ node, program, root, uid }: ReadOnlyRun, args: readonly string[]) {
  const words = [node, program, ...args];
  const identity = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--no-new-privs', '--'];
  const [file = '', ...rest] = process.getuid?.() === 0 ? [...identity, ...words] : words;
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: root,
    TMPDIR: root,
    NODE_ENV: 'production',
  };
  return [file, rest, { cwd: root, env, encoding: 'utf8' }] as const;
}

async function serve(run: ReadOnlyRun): Promise<readonly string[]> {
  const [port = 0, metricsPort = 0, componentPort = 0] = await freePorts(3);
  const args = ['--port', port, '--metrics-port', metricsPort, '--component-port', componentPort].map(String);
  const [file, words, options] = command(run, args);
  const spawnedMs = performance.now();
  const child = spawn(file, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  const problems: string[] = [];
  try {
    const status = await statusOf(port, () => child.exitCode === null);
    process.stdout.write(`first answer after ${Math.round(performance.now() - spawnedMs)} ms\n`);
    if (status !== 503) problems.push(`without a runtime a request is answered ${status}, expected 503`);
    const live = await statusOf(metricsPort, () => child.exitCode === null, '/livez');
    if (live !== 200) problems.push(`/livez answers ${live}, expected 200`);
    process.stdout.write(`idle: ${residentMb(child.pid)} MB resident\n`);
    child.kill('SIGTERM');
  } catch (error) {
    problems.push(String(error));
    child.kill('SIGKILL');
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), EXIT_DEADLINE_MS);
  const [code, signal] = await exited;
  clearTimeout(timer);
  if (code !== 0) problems.push(`SIGTERM ended it with ${code ?? signal}\n${Buffer.concat(output)}`);
  const refused = /.*\b(EACCES|EROFS|EPERM)\b.*/.exec(String(Buffer.concat(output)));
  if (refused !== null) problems.push(`it wanted to write: ${refused[0]}`);
  return problems;
}

/** Held together while they are chosen, so that they differ. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** Asks until there is an answer. @throws Error when the program ended, or past the deadline */
async function statusOf(port: number, isRunning: () => boolean, path = '/v2'): Promise<number> {
  const deadlineMs = performance.now() + LISTEN_DEADLINE_MS;
  for (;;) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        signal: AbortSignal.timeout(LISTEN_DEADLINE_MS),
      });
      await response.arrayBuffer();
      return response.status;
    } catch (cause) {
      if (!isRunning()) throw new Error('the program ended instead of listening', { cause });
      if (performance.now() > deadlineMs) throw new Error(`nothing listens on ${port}`, { cause });
      await delay(5);
    }
  }
}

function residentMb(pid: number | undefined): string {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return (Number(match?.[1]) / 1024).toFixed(1);
}
