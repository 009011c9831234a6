// A folder that KServe's agent filled becomes a version of ours, without a byte being read or fetched.
import { randomUUID } from 'node:crypto';
import { lstat, readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../log.ts';
import { orMissing, whileInFolder } from '../../storage/folder/folder-failure.ts';
import { markerName } from '../../storage/folder/marker.ts';
import { syncFolder } from '../../storage/folder/sync-folder.ts';
import { isMarkerName } from '../../storage/uri/own-names.ts';
import { writeAdoptedMarker } from './adopted-marker.ts';
import { readForeignModel } from './foreign-model.ts';
import { type Layout, modelFolderOf, versionFolderOf, versionIdOf } from './layout.ts';
import { ensureOwn } from './usable-folder.ts';

/**
 * True: it is a version now; the link is for the caller to make. False: left alone. A kill between any two steps leaves the folder
 * where it was, or a complete version: our marker is written into it, then it moves by one rename.
 * @throws OutriggerError FOLDER_UNUSABLE, DISK_FULL: left where it was
 */
export async function adoptFolder(layout: Layout, { name, log }: { name: string; log: Log }): Promise<boolean> {
  const folder = join(layout.root, name);
  const model = await readForeignModel(folder);
  if (model === null) return false;
  const { spec, files } = model;
  if (files !== null) await writeAdoptedMarker(folder, { spec, files, draft: join(layout.drafts, randomUUID()) });
  await syncFolder(folder);
  await removeOtherMarkers(folder, markerName(spec));
  await ensureOwn(modelFolderOf(layout, name), 0o755);
  const to = await freeVersionFolder(layout, { name, id: versionIdOf(spec) });
  await whileInFolder(folder, () => rename(folder, to));
  for (const changed of [modelFolderOf(layout, name), layout.root]) await syncFolder(changed);
  log.info({ model: name, folder, to }, 'a model that another agent had pulled is kept');
  return true;
}

/** Theirs hold URIs with signatures, as they were written. */
async function removeOtherMarkers(folder: string, kept: string): Promise<void> {
  await whileInFolder(folder, async () => {
    const others = (await readdir(folder)).filter((entry) => isMarkerName(entry) && entry !== kept);
    for (const marker of others) await orMissing(unlink(join(folder, marker)));
  });
}

async function freeVersionFolder(layout: Layout, { name, id }: { name: string; id: string }): Promise<string> {
  for (let number = 0; ; number += 1) {
    const folder = versionFolderOf(layout, { name, id: number === 0 ? id : `${id}.${number}` });
    if ((await whileInFolder(folder, () => orMissing(lstat(folder)))) === null) return folder;
  }
}
