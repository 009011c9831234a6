// A model goes to its place: in an order that a kill at any moment leaves either a whole model or none that looks like one.
import { closeSync, constants, openSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { errorCodeOf, inFolder, unlessMissing, whileInFolder } from './folder-failure.ts';
import { InnerFolders } from './inner-folders.ts';
import type { Manifest } from './manifest.ts';
import { draftMarker, placeMarker } from './marker.ts';
import type { PublicationPlan } from './publication-plan.ts';
import { syncLater } from './sync-later.ts';

/** In between the lock's heart beats. */
const movesPerTurn = 500;

/** As in SyncQueue: those that wait together share a commit of the file system's journal. */
const syncsAtOnce = 4;

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
  if (removed.length > 0) await syncFolder(target);
  const folders = new InnerFolders(target);
  for (const path of plan.filesToRemove) folders.remove(path);
  for (const [nth, { from, file }] of plan.moves.entries()) {
    if (nth % movesPerTurn === 0) await setImmediate();
    folders.makeAbove(file.path);
    const place = join(target, file.path);
    inFolder(place, () => renameSync(from, place)); // replaces a link or a FIFO itself, never what it leads to
  }
  const changed = eachAtOnce([...folders.changed], (folder) => syncFolder(join(target, folder)));
  await Promise.allSettled([changed, draftMarker(draft, manifest)]).then(throwFirst);
  placeMarker(target, { manifest, draft });
  await syncFolder(target);
}

function removeMarker(target: string, name: string): boolean {
  const path = join(target, name);
  return inFolder(path, () => unlessMissing(() => unlinkSync(path)) !== null);
}

/** When all have ended, so that nobody works in a folder that is given back. */
function throwFirst(results: readonly PromiseSettledResult<void>[]): void {
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** A model may have thousands of folders, and each holds a descriptor. */
async function eachAtOnce(folders: readonly string[], sync: (folder: string) => Promise<void>): Promise<void> {
  for (let first = 0; first < folders.length; first += syncsAtOnce)
    await Promise.all(folders.slice(first, first + syncsAtOnce).map(sync));
}

/** Its entries are on the disk itself. */
async function syncFolder(folder: string): Promise<void> {
  await whileInFolder(folder, async () => {
    const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await syncLater(fd);
    } catch (error) {
      // Some file systems over a network sync no folders; they keep their entries on the server.
      if (!['EINVAL', 'ENOTSUP', 'ENOSYS'].includes(errorCodeOf(error) ?? '')) throw error;
    } finally {
      closeSync(fd);
    }
  });
}
