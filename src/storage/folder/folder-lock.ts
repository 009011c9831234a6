// One at a time works in a folder, and none waits for a dead one: a lock file with its holder, and a heart that beats.
import { closeSync, fstatSync, futimesSync, openSync, readdirSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { OutriggerError } from '../../errors.ts';
import { errorCodeOf, unlessMissing } from './folder-failure.ts';
import type { ProcessIdentity, ProcessTable } from './process-identity.ts';

export interface LockParts {
  /** Makes the folder of the lock where it is missing, and says where it is. */
  readonly ensureFolder: () => string;
  readonly processes: ProcessTable;
  /** How often the holder touches its lock; default 1 s. */
  readonly beatMs?: number;
  /** How long a holder that cannot be looked up is watched before its lock counts as left behind; default 5 s. */
  readonly watchMs?: number;
  /** What a holder does there, for people; default: is pulling into this folder. */
  readonly work?: string;
}

const attempts = 100;

/**
 * A lock is a file `lock.<number>`, and the highest number holds. A dead holder is not deleted but outnumbered: of two that
 * find it dead only one can create the next number, where deleting would let the slower one delete the lock of the faster.
 * @throws OutriggerError FOLDER_UNUSABLE: somebody holds it
 */
export async function takeLock({
  ensureFolder,
  processes,
  beatMs = 1_000,
  watchMs = 5_000,
  work = 'is pulling into this folder',
}: LockParts): Promise<FolderLock> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const folder = ensureFolder();
    const newest = newestOf(folder);
    if (newest > 0) await refuseIfHeld(join(folder, `lock.${newest}`), { processes, watchMs, work });
    const lock = createLock(folder, newest + 1, processes.own());
    if (lock === null) continue;
    if (newestOf(folder) === newest + 1) return new FolderLock(folder, lock, beatMs);
    // Somebody was faster by a whole life: took our number, died, and was outnumbered.
    closeSync(lock.fd);
    unlinkSync(join(folder, `lock.${lock.number}`));
  }
  throw new OutriggerError('FOLDER_UNUSABLE', `${ensureFolder()}: others come and go too fast to take the folder`);
}

interface OwnLock {
  readonly fd: number;
  readonly number: number;
}

export class FolderLock {
  readonly #folder: string;
  readonly #own: OwnLock;
  readonly #heart: NodeJS.Timeout;
  #released = false;

  constructor(folder: string, own: OwnLock, beatMs: number) {
    this.#folder = folder;
    this.#own = own;
    for (const number of numbersIn(folder)) if (number < own.number) removeLock(folder, number);
    this.#heart = setInterval(() => beat(own.fd), beatMs);
    this.#heart.unref();
  }

  /** Before what cannot be taken back. @throws OutriggerError FOLDER_UNUSABLE: this process slept so long that another took over */
  confirm(): void {
    if (newestOf(this.#folder) === this.#own.number) return;
    throw new OutriggerError('FOLDER_UNUSABLE', `${this.#folder}: another process has taken this folder over`);
  }

  /** Twice is harmless. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    clearInterval(this.#heart);
    removeLock(this.#folder, this.#own.number);
    closeSync(this.#own.fd);
  }
}

function beat(fd: number): void {
  try {
    futimesSync(fd, Date.now() / 1_000, Date.now() / 1_000);
  } catch {
    return; // the disk fails: whatever else is done there will say so
  }
}

function createLock(folder: string, number: number, own: ProcessIdentity): OwnLock | null {
  try {
    const fd = openSync(join(folder, `lock.${number}`), 'wx', 0o600);
    writeSync(fd, JSON.stringify(own));
    return { fd, number };
  } catch (error) {
    if (['EEXIST', 'ENOENT'].includes(errorCodeOf(error) ?? '')) return null; // taken, or the folder went with its lock
    throw error;
  }
}

function removeLock(folder: string, number: number): void {
  unlessMissing(() => unlinkSync(join(folder, `lock.${number}`)));
}

function numbersIn(folder: string): number[] {
  const names = unlessMissing(() => readdirSync(folder)) ?? [];
  return names.flatMap((name) => /^lock\.(?<number>\d{1,15})$/.exec(name)?.groups?.number ?? []).map(Number);
}

/** 0: there is none. */
function newestOf(folder: string): number {
  return Math.max(0, ...numbersIn(folder));
}

type Watch = Required<Pick<LockParts, 'processes' | 'watchMs' | 'work'>>;

async function refuseIfHeld(path: string, { processes, watchMs, work }: Watch): Promise<void> {
  const holder = unlessMissing(() => readHolder(path));
  const own = processes.own();
  const comparable = holder !== null && own.started !== null && isSameMachine(holder, own) && holder.pid !== own.pid;
  const oneClock = holder !== null && own.bootId !== null && holder.bootId === own.bootId;
  const held = comparable ? processes.startOf(holder.pid) === holder.started : await beats(path, { watchMs, oneClock });
  if (!held) return;
  const who = holder === null ? 'another process' : `process ${holder.pid}`;
  throw new OutriggerError('FOLDER_UNUSABLE', `${path}: ${who} ${work}; wait for it, or end it`);
}

function isSameMachine(holder: ProcessIdentity, own: ProcessIdentity): boolean {
  return own.bootId !== null && holder.bootId === own.bootId && holder.namespace === own.namespace;
}

/** Null: nothing readable, as a kill between creating and writing leaves it. */
function readHolder(path: string): ProcessIdentity | null {
  try {
    const { pid, started, bootId, namespace } = JSON.parse(readFileSync(path, 'utf8'));
    return { pid: Number(pid), started, bootId, namespace };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

interface Heart {
  readonly watchMs: number;
  /** Its holder is, or was, on this machine: how old its last beat is can be told. */
  readonly oneClock: boolean;
}

/**
 * Does somebody touch it? For holders that this process cannot look up: in another container or on another machine that has
 * the same volume, or a thread of this very process.
 */
async function beats(path: string, { watchMs, oneClock }: Heart): Promise<boolean> {
  const first = touchedAt(path);
  const silentMs = oneClock && first !== null ? Math.max(0, Date.now() - first) : 0;
  const until = performance.now() + watchMs - silentMs;
  while (performance.now() < until) {
    await wait(watchMs / 20);
    const now = touchedAt(path);
    if (now === null || now !== first) return now !== null;
  }
  return false;
}

/** Opened, since network file systems look at their server again for that, and not for a bare stat. */
function touchedAt(path: string): number | null {
  return unlessMissing(() => {
    const fd = openSync(path, 'r');
    try {
      return fstatSync(fd).mtimeMs;
    } finally {
      closeSync(fd);
    }
  });
}
