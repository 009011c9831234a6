// The link that runtimes read a model by: it leads to one version or to another, at every moment to a whole one.
import { randomUUID } from 'node:crypto';
import { lstat, readlink, rename, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { orMissing, whileInFolder } from '../../storage/folder/folder-failure.ts';
import { syncFolder } from '../../storage/folder/sync-folder.ts';
import { isVersionId, type Layout, versionPathOf } from './layout.ts';

/** none: free · link: of ours · other: a folder, a file, or a link of somebody else */
export type AtPlace =
  | { readonly kind: 'none' }
  | { readonly kind: 'link'; readonly id: string }
  | { readonly kind: 'other' };

/** What stands at `<model-dir>/<name>`. @throws OutriggerError FOLDER_UNUSABLE */
export async function lookAtPlace({ root }: Layout, name: string): Promise<AtPlace> {
  const path = join(root, name);
  return whileInFolder(path, async () => {
    const stats = await orMissing(lstat(path));
    if (stats === null) return { kind: 'none' };
    if (!stats.isSymbolicLink()) return { kind: 'other' };
    const text = await readlink(path);
    const id = text.slice(text.lastIndexOf('/') + 1);
    return isVersionId(id) && text === versionPathOf(name, id) ? { kind: 'link', id } : { kind: 'other' };
  });
}

/**
 * Where a link of ours, or nothing, stands. The new one is made elsewhere, so that nobody who lists the model folder sees it, and
 * takes the place of the old one in one step. @throws OutriggerError FOLDER_UNUSABLE, DISK_FULL
 */
export async function swapLink(
  layout: Layout,
  { name, id }: { readonly name: string; readonly id: string },
): Promise<void> {
  const draft = join(layout.drafts, randomUUID());
  const place = join(layout.root, name);
  await whileInFolder(place, async () => {
    await symlink(versionPathOf(name, id), draft);
    await rename(draft, place);
  });
  await syncFolder(layout.root);
}

/** @throws OutriggerError FOLDER_UNUSABLE */
export async function removeLink({ root }: Layout, name: string): Promise<void> {
  const place = join(root, name);
  await whileInFolder(place, () => orMissing(unlink(place)));
  await syncFolder(root);
}
