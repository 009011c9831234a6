// Is a model still as it was placed? The cheap look of a second pull: no byte is read.
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { InnerFolders } from './inner-folders.ts';
import { look } from './look.ts';
import type { Manifest, PlacedFile } from './manifest.ts';

/** So many looks, then others have their turn. */
const filesPerTurn = 500;

/** The files that are missing, or differ by size or modification time; what is behind a symbolic link is missing. */
export async function lookAt(target: string, manifest: Manifest): Promise<PlacedFile[]> {
  const inner = new InnerFolders(target);
  const differing: PlacedFile[] = [];
  for (const [nth, file] of manifest.files.entries()) {
    if (nth % filesPerTurn === filesPerTurn - 1) await setImmediate();
    const path = join(target, file.path);
    const stats = inner.isReached(file.path) ? look(path) : null;
    if (!stats?.isFile() || stats.size !== file.bytes || stats.mtimeMs !== file.mtimeMs) differing.push(file);
  }
  return differing;
}
