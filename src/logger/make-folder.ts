// A folder and those above it. Not by node's `recursive`: below /proc, where no folder can be made, that never comes back.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** `mode`: of folders that are made. One that is there already is left as it is. @throws the system's error */
export function makeFolder(dir: string, mode: number): void {
  try {
    mkdirSync(dir, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return; // a file of that name is found out by whoever opens something in it
    if (code !== 'ENOENT' || dirname(dir) === dir) throw error;
    makeFolder(dirname(dir), mode);
    makeOnce(dir, mode);
  }
}

/** Somebody else may have made it meanwhile. */
function makeOnce(dir: string, mode: number): void {
  try {
    mkdirSync(dir, { mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
