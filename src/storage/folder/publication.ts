// A model goes to its place: in an order that a kill at any moment leaves either a whole model or none that looks like one.
import { closeSync, constants, fsyncSync, openSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { errorCodeOf, inFolder, unlessMissing } from './folder-failure.ts';
import { InnerFolders } from './inner-folders.ts';
import type { Manifest } from './manifest.ts';
import { writeMarker } from './marker.ts';
import type { PublicationPlan } from './publication-plan.ts';

/** In between the lock's heart beats. */
const movesPerTurn = 500;

export interface PublicationParts {
  readonly target: string;
  readonly plan: PublicationPlan;
  readonly manifest: Manifest;
  /** Where the marker is written before it has its name; on the target's file system. */
  readonly draft: string;
}

/**
 * Markers of what will not be whole go first, the new one comes last, and each step is on the disk before the next that relies
 * on it. @throws OutriggerError FOLDER_UNUSABLE, UNSAFE_PATH, DISK_FULL: the next pull goes on from here
 */
export async function carryOut({ target, plan, manifest, draft }: PublicationParts): Promise<void> {
  const removed = plan.markersToRemove.filter((name) => removeMarker(target, name));
  if (removed.length > 0) syncFolder(target);
  const folders = new InnerFolders(target);
  for (const path of plan.filesToRemove) folders.remove(path);
  for (const [nth, { from, file }] of plan.moves.entries()) {
    if (nth % movesPerTurn === 0) await setImmediate();
    folders.makeAbove(file.path);
    const place = join(target, file.path);
    inFolder(place, () => renameSync(from, place)); // replaces a link or a FIFO itself, never what it leads to
  }
  for (const folder of folders.changed) syncFolder(join(target, folder));
  writeMarker(target, { manifest, draft });
  syncFolder(target);
}

function removeMarker(target: string, name: string): boolean {
  const path = join(target, name);
  return inFolder(path, () => unlessMissing(() => unlinkSync(path)) !== null);
}

/** Its entries are on the disk itself. */
function syncFolder(folder: string): void {
  inFolder(folder, () => {
    const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(fd);
    } catch (error) {
      // Some file systems over a network sync no folders; they keep their entries on the server.
      if (!['EINVAL', 'ENOTSUP', 'ENOSYS'].includes(errorCodeOf(error) ?? '')) throw error;
    } finally {
      closeSync(fd);
    }
  });
}
