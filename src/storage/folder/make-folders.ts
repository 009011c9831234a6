// The folder that a pull or the puller works in: made with those above it, readable by the runtime, with its real path.
import { chmodSync, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { OutriggerError } from '../../errors.ts';
import { errorCodeOf, inFolder } from './folder-failure.ts';

/** Itself it may be reached through symbolic links. @throws OutriggerError FOLDER_UNUSABLE, DISK_FULL */
export function makeTarget(target: string): string {
  return inFolder(target, () => {
    makeFolders(target);
    if (statSync(target).isDirectory()) return realpathSync(target);
    throw new OutriggerError('FOLDER_UNUSABLE', `${target} is no folder; name another one`);
  });
}

/**
 * With those above it. Not by `recursive`: where a folder is there but lets none be made in it with the words "no such folder"
 * (/proc, mounts that came loose), Node asks for ever, and holds up the thread.
 */
function makeFolders(folder: string): void {
  const missing: string[] = [];
  for (let path = resolve(folder); !existsSync(path); path = dirname(path)) missing.unshift(path);
  for (const path of missing) makeFolder(path);
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o755 });
    chmodSync(path, 0o755); // whatever the umask: the runtime, often another user, has to get in
  } catch (error) {
    if (errorCodeOf(error) !== 'EEXIST' || !existsSync(path)) throw error; // another pull made it meanwhile
  }
}
