// Somebody's folder or file stands where a model's link has to go: it is moved, and nothing of it is lost.
import { lstat, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../log.ts';
import { orMissing, whileInFolder } from '../../storage/folder/folder-failure.ts';
import { syncFolder } from '../../storage/folder/sync-folder.ts';
import type { Layout } from './layout.ts';

/** To `.outrigger/.aside/<name>-<n>`. @throws OutriggerError FOLDER_UNUSABLE: it belongs to another user */
export async function moveAside(
  layout: Layout,
  { name, log }: { readonly name: string; readonly log: Log },
): Promise<void> {
  const from = join(layout.root, name);
  const to = await freePlace(layout, name);
  await whileInFolder(from, () => rename(from, to));
  await syncFolder(layout.aside);
  await syncFolder(layout.root);
  log.warn(
    { model: name, from, to },
    'what stood where the model goes was moved aside; delete it when nobody needs it',
  );
}

async function freePlace({ aside }: Layout, name: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const place = join(aside, `${name.slice(0, 200)}-${number}`); // a name may be as long as names can be
    if ((await whileInFolder(place, () => orMissing(lstat(place)))) === null) return place;
  }
}
