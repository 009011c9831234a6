// Where a version of ours is in the eyes of the runtime, and which version numbers its files carry.
import { readdir, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { orMissing, whileInFolder } from '../../storage/folder/folder-failure.ts';
import { versionPathOf } from '../model-dir/layout.ts';
import type { LoadOrder } from './runtime-api.ts';

interface Mounts {
  /** As we see it. */
  readonly modelDir: string;
  /** The same folder as the runtime sees it. */
  readonly seenDir: string;
}

/** The folder itself, not the link: another version is another path, which is what a runtime notices. */
export function basePathOf({ seenDir }: Pick<Mounts, 'seenDir'>, { name, version }: LoadOrder): string {
  return posix.join(seenDir, versionPathOf(name, version));
}

export interface ConfigEntry {
  readonly name: string;
  /** As the runtime sees it. */
  readonly basePath: string;
}

/** Is an entry of a config file still to be kept; null: no agent wrote it. */
export async function isThere({ modelDir, seenDir }: Mounts, { name, basePath }: ConfigEntry): Promise<boolean | null> {
  const version = posix.basename(basePath);
  if (basePathOf({ seenDir }, { name, version }) !== basePath) return null;
  const path = join(modelDir, versionPathOf(name, version));
  const stats = await whileInFolder(path, () => orMissing(stat(path)));
  return stats?.isDirectory() ?? false;
}

/** The largest number that a folder within is named; null: none is. @throws OutriggerError FOLDER_UNUSABLE */
export async function newestNumber({ modelDir }: Mounts, { name, version }: LoadOrder): Promise<string | null> {
  const folder = join(modelDir, versionPathOf(name, version));
  const entries = await whileInFolder(folder, () => readdir(folder));
  const numbers = entries.filter((entry) => /^\d{1,18}$/.test(entry)).map(BigInt);
  if (numbers.length === 0) return null;
  return String(numbers.reduce((most, number) => (number > most ? number : most)));
}
