// One agent at a time keeps models in a folder: two would delete what the other has loaded.
import { existsSync, mkdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { OutriggerError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { inFolder, whileInFolder } from '../../storage/folder/folder-failure.ts';
import { type FolderLock, type LockParts, takeLock } from '../../storage/folder/folder-lock.ts';
import { makeTarget } from '../../storage/folder/make-folders.ts';
import { systemProcesses } from '../../storage/folder/process-identity.ts';
import { layoutOf } from './layout.ts';
import { ensureOwn } from './usable-folder.ts';

export interface HoldParts extends Partial<Pick<LockParts, 'beatMs' | 'watchMs' | 'processes'>> {
  readonly path: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Why it is not held yet, when that takes longer than an ending agent takes. */
  readonly onProblem: (error: OutriggerError) => void;
}

/** An agent that is being replaced drains meanwhile, and a container that died starts again within seconds. */
const pauseMs = 500;
/** What Kubernetes gives a pod to end, by default. */
const endingMs = 30_000;

/**
 * Waits for as long as another agent holds it: in Kubernetes the one of before may still be ending. Of a holder that cannot be looked
 * up, as in the container of before, a heart that is silent for 7 s is dead.
 * @throws the reason of the signal; OutriggerError FOLDER_UNUSABLE, DISK_FULL: no lock can be made there
 */
export async function holdModelDir(parts: HoldParts): Promise<FolderLock> {
  const { path, log, signal, onProblem, beatMs = 2_000, watchMs = 7_000, processes = systemProcesses } = parts;
  const layout = layoutOf(makeTarget(path));
  await ensureOwn(layout.own, 0o755); // runtimes of other users pass through
  await ensureOwn(layout.lock, 0o700);
  const lockParts = {
    beatMs,
    watchMs,
    processes,
    ensureFolder: () => madeAgain(layout.lock),
    work: 'keeps models in this folder',
  };
  const startedMs = performance.now();
  for (let isFirst = true; ; isFirst = false) {
    signal.throwIfAborted();
    try {
      return await whileInFolder(layout.lock, () => takeLock(lockParts));
    } catch (error) {
      if (!isHeld(error)) throw error;
      if (isFirst) log.warn({ path }, `waiting for the model folder: ${error.message}`);
      if (performance.now() - startedMs > endingMs) onProblem(error);
    }
    await wait(pauseMs, undefined, { signal, ref: false }).catch(() => signal.throwIfAborted());
  }
}

/** What the file system refuses has a cause. */
function isHeld(error: unknown): error is OutriggerError {
  return error instanceof OutriggerError && error.code === 'FOLDER_UNUSABLE' && error.cause === undefined;
}

/** Somebody tidied up. */
function madeAgain(folder: string): string {
  inFolder(folder, () => existsSync(folder) || mkdirSync(folder, { mode: 0o700 }));
  return folder;
}
