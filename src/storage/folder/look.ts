// What stands at a path, if anything does; a symbolic link is what it is, and not what it leads to.
import { lstatSync, type Stats } from 'node:fs';
import { inFolder, unlessMissing } from './folder-failure.ts';

/** Null: nothing. @throws OutriggerError FOLDER_UNUSABLE */
export function look(path: string): Stats | null {
  // Without an error for each missing file: those cost more than the look.
  return inFolder(path, () => unlessMissing(() => lstatSync(path, { throwIfNoEntry: false }) ?? null));
}
