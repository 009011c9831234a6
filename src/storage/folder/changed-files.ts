// Which files of a model are no longer as they were placed? The cheap look of a second pull: no byte is read.
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { InnerFolders } from './inner-folders.ts';
import type { Manifest, PlacedFile } from './manifest.ts';
import { isAsPlaced, statsAt } from './stats-at.ts';

/** So many looks, then others have their turn. */
const filesPerTurn = 500;

/**
 * The files that are missing, or differ by size or modification time; what is behind a symbolic link is missing.
 * @throws OutriggerError FOLDER_UNUSABLE
 */
export async function changedFiles(target: string, manifest: Manifest): Promise<PlacedFile[]> {
  const inner = new InnerFolders(target);
  const changed: PlacedFile[] = [];
  for (const [nth, file] of manifest.files.entries()) {
    if (nth % filesPerTurn === filesPerTurn - 1) await setImmediate();
    const path = join(target, file.path);
    if (!isAsPlaced(inner.isReached(file.path) ? statsAt(path) : null, file)) changed.push(file);
  }
  return changed;
}
