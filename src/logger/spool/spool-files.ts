// Which files are the spool's? Makes the folder, opens the database in it, and moves a damaged one out of the way.
import { closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../make-folder.ts';
import { failureOf, type SpoolFailure } from './spool-failure.ts';
import type { WorkerSettings } from './spool-messages.ts';
import { SpoolStore } from './spool-store.ts';

const fileName = 'events.db';
/** One at the most is kept, or damage upon damage would fill the disk. */
const asideName = 'events.damaged.db';
const suffixes = ['', '-wal', '-shm', '-journal'];

export interface OpenedStore {
  readonly store: SpoolStore;
  readonly damage: Damage | null;
}

interface Damage {
  readonly aside: string;
  readonly failure: SpoolFailure;
}

/** @throws Error of node:fs or node:sqlite, see failureOf; a damaged database is no reason: a new one takes its place */
export function openStore(settings: WorkerSettings): OpenedStore {
  try {
    return { store: open(settings), damage: null };
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind !== 'damaged') throw error;
    const aside = moveAside(settings.dir);
    return { store: open(settings), damage: { aside, failure } };
  }
}

/** Whether somebody has taken the open file away: what is written to it is nobody's then, and SQLite does not see it. */
export function isFileGone(dir: string): boolean {
  return !existsSync(join(dir, fileName));
}

/** The file must be closed. Returns where it is now. */
export function moveAside(dir: string): string {
  for (const suffix of suffixes) {
    rmSync(join(dir, asideName + suffix), { force: true });
    try {
      renameSync(join(dir, fileName + suffix), join(dir, asideName + suffix));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return join(dir, asideName);
}

/** Payloads are nobody else's business: only our user may read them. SQLite gives its other files the same mode. */
function open({ dir, sync, maxPages }: WorkerSettings): SpoolStore {
  makeFolder(dir, 0o700);
  const file = join(dir, fileName);
  // Never closed by us once SQLite has it: with that the kernel would let go of SQLite's lock (sqlite.org/howtocorrupt.html 2.2).
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
  return new SpoolStore({ file, sync, maxPages });
}
