// What the kernel says a process cost: CPU over all its threads and children, resident memory, wake-ups.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const TICK_US = 10_000; // USER_HZ is 100 on every Linux ABI that Node supports

export interface Memory {
  readonly residentBytes: number;
  readonly peakBytes: number; // since the start of the process or the last resetPeakMemory
}

/** User and system time of `pid` and its descendants, in microseconds; resolution 10 ms. */
export function readCpuUs(pid: number): number {
  return processTree(pid).reduce((sum, each) => sum + statTicks(each) * TICK_US, 0);
}

/** The same from the scheduler, in nanoseconds: exact, but blind to threads that have ended. */
export function readSchedulerNs(pid: number): number {
  return sumOverThreads(pid, (thread) => Number(readFileSync(`${thread}/schedstat`, 'utf8').split(' ')[0]));
}

/** How often threads of `pid` went to sleep of their own accord; each of those is one wake-up later. */
export function readWakeUps(pid: number): number {
  return sumOverThreads(pid, (thread) => statusNumber(`${thread}/status`, 'voluntary_ctxt_switches'));
}

export function readMemory(pid: number): Memory {
  const sum = (field: string) =>
    processTree(pid).reduce((total, each) => total + statusNumber(`/proc/${each}/status`, field) * 1024, 0);
  return { residentBytes: sum('VmRSS'), peakBytes: sum('VmHWM') };
}

/** Makes `peakBytes` start again from what is resident now (proc(5), clear_refs 5). */
export function resetPeakMemory(pid: number): void {
  for (const each of processTree(pid)) writeFileSync(`/proc/${each}/clear_refs`, '5');
}

/** Time that one core spent in processes, in microseconds: shows who else was there while a subject was measured. */
export function readCoreBusyUs(core: number): number {
  const line = readFileSync('/proc/stat', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`cpu${core} `));
  const [, user, nice, system] = (line ?? '').split(/\s+/);
  return (Number(user) + Number(nice) + Number(system)) * TICK_US;
}

function statTicks(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command name may hold spaces and brackets: fields are counted from behind its last bracket (proc(5)).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function processTree(pid: number): number[] {
  const children = threadsOf(pid).flatMap((thread) =>
    readFileSync(`${thread}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(processTree)];
}

function threadsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((id) => `/proc/${pid}/task/${id}`);
}

function sumOverThreads(pid: number, read: (thread: string) => number): number {
  return processTree(pid)
    .flatMap(threadsOf)
    .reduce((sum, thread) => sum + read(thread), 0);
}

function statusNumber(file: string, field: string): number {
  const match = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(file, 'utf8'));
  if (match === null) throw new Error(`${file} has no ${field}`);
  return Number(match[1]);
}
