// The marker of a model that another agent pulled: its files as they were found, which nobody of us has verified.
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { whileInFolder } from '../../storage/folder/folder-failure.ts';
import { isSafePath } from '../../storage/folder/inner-path.ts';
import type { Manifest, PlacedFile } from '../../storage/folder/manifest.ts';
import { markerName, ownMember } from '../../storage/folder/marker.ts';
import { readPlainFile } from '../../storage/folder/read-plain-file.ts';

export type FoundFile = Pick<PlacedFile, 'path' | 'bytes' | 'mtimeMs'>;

/**
 * In the place of a marker of a pull, with `adopted` where that has `files`: so a pull into the same folder believes none of it, and
 * fetches and verifies every file. @throws OutriggerError DISK_FULL, FOLDER_UNUSABLE
 */
export async function writeAdoptedMarker(
  folder: string,
  adopted: { readonly spec: Manifest['spec']; readonly files: readonly FoundFile[]; readonly draft: string },
): Promise<void> {
  const { spec, files, draft } = adopted;
  const place = join(folder, markerName(spec));
  await whileInFolder(place, async () => {
    const handle = await open(draft, 'wx', 0o644);
    try {
      await handle.writeFile(JSON.stringify({ ...spec, [ownMember]: { adopted: files } }));
      await handle.chmod(0o644); // whatever the umask
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, place);
  });
}

/** Null: it is not there, or is none of these. @throws OutriggerError FOLDER_UNUSABLE */
export function readAdoptedMarker(folder: string, marker: string): Manifest | null {
  const text = readPlainFile(join(folder, marker));
  if (text === null) return null;
  try {
    const { [ownMember]: own, ...spec } = JSON.parse(text);
    const files: unknown = own?.adopted;
    return Array.isArray(files) && files.every(isFoundFile) ? { spec, files: files.map(asPlaced) } : null;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

function isFoundFile(file: Partial<FoundFile> | null): file is FoundFile {
  return isSafePath(file?.path) && Number.isSafeInteger(file.bytes) && Number.isFinite(file.mtimeMs);
}

function asPlaced({ path, bytes, mtimeMs }: FoundFile): PlacedFile {
  return { path, bytes, mtimeMs, checksums: {}, source: { key: path, version: null, bytes } };
}
