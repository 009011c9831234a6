// Who holds a folder: a process, told apart from later ones with the same number, from other containers and from before a reboot.
import { readFileSync, readlinkSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to its start (proc(5), stat, field 22); null: this system does not say. */
  readonly started: string | null;
  /** Null: this system does not say. */
  readonly bootId: string | null;
  /** Inside which process numbers mean the same; null: this system does not say. */
  readonly namespace: string | null;
}

/** What is asked of the system; tests answer in its place. */
export interface ProcessTable {
  own(): ProcessIdentity;
  /** Null: there is no such process, or it only waits to be collected. */
  startOf(pid: number): string | null;
}

export const systemProcesses: ProcessTable = openSystemProcesses();

/** What this process is does not change, and every pull asks thrice: to read it takes a third of a millisecond. */
function openSystemProcesses(): ProcessTable {
  let own: ProcessIdentity | null = null;
  return {
    own() {
      own ??= readOwn();
      return own;
    },
    startOf,
  };
}

function readOwn(): ProcessIdentity {
  return {
    pid: process.pid,
    started: startOf(process.pid),
    bootId: unlessUnreadable(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()),
    namespace: unlessUnreadable(() => readlinkSync('/proc/self/ns/pid')),
  };
}

function startOf(pid: number): string | null {
  const stat = unlessUnreadable(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  if (stat === null) return null;
  // The second field is the name in parentheses, which may hold anything; the third is the state.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ended = fields[0] === 'Z' || fields[0] === 'X'; // killed, and its parent does not collect it: common in containers
  return ended ? null : (fields[19] ?? null);
}

function unlessUnreadable(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null; // no Linux, or no such process
  }
}
