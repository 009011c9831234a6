// Where TorchServe finds the archive of a model: it takes a file of its model store by name alone, never out of a folder within.
//
//   <model-dir>/.outrigger.<of the name>.<id>.mar     symbolic link, relative, to the one .mar of a version
//
// So the model store is the model folder, whatever it is mounted as. (The other way, a file:// URL, has TorchServe copy the archive
// into its store under the name that it has, where two models with a `model.mar` collide.)
import { createHash } from 'node:crypto';
import { readdir, readlink, rename, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { OutriggerError } from '../../errors.ts';
import { orMissing, whileInFolder } from '../../storage/folder/folder-failure.ts';
import { versionPathOf } from '../model-dir/layout.ts';
import type { LoadOrder } from './runtime-api.ts';

/** Its name in the store, which TorchServe shows as `modelUrl`: it tells which version is registered. */
function archiveLink({ name, version }: LoadOrder): string {
  return `${linkPrefix(name)}${version}.mar`;
}

/** Puts the link into the store. @throws OutriggerError MODEL_LOAD_FAILED (none or several .mar), FOLDER_UNUSABLE, DISK_FULL */
export async function linkArchive(modelDir: string, order: LoadOrder): Promise<string> {
  const versionDir = versionPathOf(order.name, order.version);
  const target = join(versionDir, await findArchive(modelDir, versionDir));
  const link = archiveLink(order);
  const path = join(modelDir, link);
  await whileInFolder(path, async () => {
    if ((await orMissing(readlink(path))) === target) return;
    const draft = `${path}.new`;
    await orMissing(unlink(draft));
    await symlink(target, draft);
    await rename(draft, path);
  });
  return link;
}

/** Nothing is registered by these names any more. */
export async function dropLinks(modelDir: string, links: readonly string[]): Promise<void> {
  for (const link of links) {
    const path = join(modelDir, link);
    await whileInFolder(path, () => orMissing(unlink(path)));
  }
}

/** Of all versions of a model, also those that a crash left behind. */
export async function linksOf(modelDir: string, name: string): Promise<string[]> {
  const all = await whileInFolder(modelDir, () => orMissing(readdir(modelDir)));
  return (all ?? []).filter((entry) => entry.startsWith(linkPrefix(name)));
}

/** A model's name may be as long as a file name may be: its hash is not. */
function linkPrefix(name: string): string {
  return `.outrigger.${createHash('sha256').update(name).digest('hex').slice(0, 16)}.`;
}

async function findArchive(modelDir: string, versionDir: string): Promise<string> {
  const folder = join(modelDir, versionDir);
  const files = await whileInFolder(folder, () => readdir(folder, { recursive: true }));
  const archives = files.filter((file) => file.endsWith('.mar')).toSorted();
  const [only] = archives;
  if (only !== undefined && archives.length === 1) return only;
  const found = only === undefined ? 'none' : `${archives.length} (${archives.slice(0, 3).join(', ')})`;
  const words = `TorchServe wants one archive (.mar) among a model's files, and there are ${found}: point storageUri at it`;
  throw new OutriggerError('MODEL_LOAD_FAILED', words);
}
