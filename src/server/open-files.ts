// How many client connections does the limit of open files allow? Out of files, the kernel's queue would be emptied without an answer.
import { readFileSync } from 'node:fs';

/** Standard streams, event loop, log, operator's port, readiness probes, files being loaded, connections being refused. */
const reserved = 40;
/** A client connection, and the one to the runtime that its request may need. */
const filesPerConnection = 2;

/** At least one. `limit` null: unknown, or none. */
export function planMaxConnections(wanted: number, limit: number | null): number {
  if (limit === null) return wanted;
  return Math.max(1, Math.min(wanted, Math.floor((limit - reserved) / filesPerConnection)));
}

/** The limit of this process (`ulimit -n`; node raises it to the hard one by itself); null where there is no Linux to ask. */
export function readMaxOpenFiles(): number | null {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return soft === undefined ? null : Number(soft);
  } catch {
    return null; // no /proc
  }
}
