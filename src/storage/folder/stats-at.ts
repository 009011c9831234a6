// What stands at a path, if anything does, and is it the file that was put there? Links are not followed.
import { lstatSync, type Stats } from 'node:fs';
import { inFolder, unlessMissing } from './folder-failure.ts';
import type { PlacedFile } from './manifest.ts';

/** Null: nothing. @throws OutriggerError FOLDER_UNUSABLE */
export function statsAt(path: string): Stats | null {
  // Without an error for each missing file: those cost more than the look.
  return inFolder(path, () => unlessMissing(() => lstatSync(path, { throwIfNoEntry: false }) ?? null));
}

/** Told without reading a byte: nobody wrote to it since. */
export function isAsPlaced(stats: Stats | null, file: Pick<PlacedFile, 'bytes' | 'mtimeMs'>): stats is Stats {
  return stats?.isFile() === true && stats.size === file.bytes && stats.mtimeMs === file.mtimeMs;
}
