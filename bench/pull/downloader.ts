// Runs one downloader as a process and takes its time and CPU from its first connection to the store to its last file.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCpuUs, readMemory } from '../proc-stat.ts';
import { coreList } from '../process.ts';
import { toolPath } from '../tools.ts';

export interface Downloader {
  readonly name: string;
  /** Into the folder `into`, which is empty. */
  argv(into: string): readonly [program: string, ...args: string[]];
  readonly env?: Readonly<Record<string, string>>;
}

export interface DownloadSample {
  /** From the first connection to the last rename or write. */
  readonly seconds: number;
  /** Of the process in that time; resolution 10 ms. */
  readonly cpuSeconds: number;
  /** From the start of the process to its first connection. */
  readonly startSeconds: number;
  readonly peakMib: number;
}

export interface DownloadRun {
  readonly port: number; // of the store
  readonly into: string;
  readonly bytes: number; // that have to be there in the end
}

const lookMs = 2;
const deadlineMs = 120_000;

/** @throws Error when it fails, is too slow, or its files do not have the bytes */
export async function runDownloader(
  downloader: Downloader,
  { port, into, bytes }: DownloadRun,
): Promise<DownloadSample> {
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  const argv = ['-c', coreList('any'), ...downloader.argv(into)];
  const spawnedMs = Date.now();
  const child = spawn(toolPath('taskset'), argv, {
    env: { ...process.env, ...downloader.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-2000);
  });
  const exited = once(child, 'exit');
  const watch = await watchProcess(child, port);
  const [code] = await exited;
  const found = filesOf(into);
  const there = found.reduce((sum, { size }) => sum + size, 0);
  if (code !== 0 || there < bytes)
    throw new Error(`${downloader.name}: exit ${code}, ${there} of ${bytes} bytes\n${said}`);
  const lastMs = Math.max(...found.map(({ ctimeMs }) => ctimeMs));
  rmSync(into, { recursive: true, force: true });
  return {
    seconds: (lastMs - watch.firstMs) / 1000,
    cpuSeconds: (watch.cpuUs - watch.firstCpuUs) / 1e6,
    startSeconds: (watch.firstMs - spawnedMs) / 1000,
    peakMib: watch.peakBytes / 2 ** 20,
  };
}

interface Watch {
  firstMs: number;
  firstCpuUs: number;
  cpuUs: number;
  peakBytes: number;
}

/** Until it exits. What it cost in its last moments, up to 2 ms, is not seen. */
async function watchProcess(child: ChildProcess, port: number): Promise<Watch> {
  const pid = child.pid as number;
  const watch: Watch = { firstMs: 0, firstCpuUs: 0, cpuUs: 0, peakBytes: 0 };
  const startMs = performance.now();
  const before = connectionsTo(port);
  for (let nth = 0; child.exitCode === null && child.signalCode === null; nth++) {
    if (performance.now() - startMs > deadlineMs) child.kill('SIGKILL');
    try {
      watch.cpuUs = readCpuUs(pid);
      if (watch.firstMs === 0 && connectionsTo(port) > before)
        Object.assign(watch, { firstMs: Date.now(), firstCpuUs: watch.cpuUs });
      if (watch.firstMs > 0 && nth % 16 === 0) watch.peakBytes = Math.max(watch.peakBytes, readMemory(pid).peakBytes);
    } catch {
      // It ended between two reads of /proc.
    }
    await sleep(watch.firstMs === 0 ? lookMs : 2 * lookMs);
  }
  return watch;
}

/** Established ones of this machine, from the client's side (proc_net_tcp.txt: state 01). */
function connectionsTo(port: number): number {
  const remote = ` 0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} 01 `;
  return readFileSync('/proc/net/tcp', 'latin1').split(remote).length - 1;
}

function filesOf(folder: string): { readonly size: number; readonly ctimeMs: number }[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => statSync(join(entry.parentPath, entry.name)));
}
