// Is this folder a complete version, with its files as they were placed? No byte of them is read.
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../log.ts';
import { changedFiles } from '../../storage/folder/changed-files.ts';
import { orMissing, whileInFolder } from '../../storage/folder/folder-failure.ts';
import type { Manifest } from '../../storage/folder/manifest.ts';
import { readMarkers } from '../../storage/folder/marker.ts';
import { readAdoptedMarker } from './adopted-marker.ts';
import { markerOf, versionIdOf } from './layout.ts';
import type { ModelVersion } from './model-on-disk.ts';

export interface FoundVersion extends ModelVersion {
  /** Of its marker. */
  readonly placedAtMs: number;
  /** Pulled by another agent. */
  readonly adopted: boolean;
}

export interface ReadVersionParts {
  readonly id: string;
  readonly filesKeyOf: (spec: Readonly<Record<string, unknown>>) => string;
  readonly log: Log;
}

/** Without reading what the marker says, which takes its time where files are many: for a pull that has just verified each of them. */
export async function hasMarker(folder: string, id: string): Promise<boolean> {
  return whileInFolder(folder, async () => {
    const [own, marker] = [await orMissing(lstat(folder)), await orMissing(lstat(join(folder, markerOf(id))))];
    return own?.isDirectory() === true && marker?.isFile() === true;
  });
}

/**
 * Null: a pull under way, or files were changed since. The marker then stays: by it the next pull knows which files are as they were,
 * and fetches the others. @throws OutriggerError FOLDER_UNUSABLE
 */
export async function readVersion(folder: string, parts: ReadVersionParts): Promise<FoundVersion | null> {
  const { id, filesKeyOf, log } = parts;
  const marker = markerOf(id);
  const stats = await whileInFolder(folder, () => orMissing(lstat(folder)));
  if (stats?.isDirectory() !== true) return null; // a link leads to what is not ours
  const placed = await whileInFolder(folder, () => orMissing(lstat(join(folder, marker))));
  if (placed === null) return null;
  const pulled = (await readMarkers(folder)).get(marker) ?? null;
  const manifest = pulled ?? readAdoptedMarker(folder, marker);
  if (manifest === null || markerOf(versionIdOf(manifest.spec)) !== marker) return null;
  const changed = await changedFiles(folder, manifest);
  if (changed.length > 0) {
    log.warn(
      { folder, files: changed.length, first: changed[0]?.path },
      'files of a model are missing or were changed: it does not count as complete, and is pulled again',
    );
    return null;
  }
  const { spec } = manifest;
  const filesKey = filesKeyOf(spec);
  return { id, spec, filesKey, bytes: bytesOf(manifest), placedAtMs: placed.mtimeMs, adopted: pulled === null };
}

function bytesOf({ files }: Manifest): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
