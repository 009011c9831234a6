// What another agent, or `outrigger pull`, left in a folder: which model it is, and whether it is whole.
import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { changedFiles } from '../../storage/folder/changed-files.ts';
import { asFolderFailure, errorCodeOf, orMissing, whileInFolder } from '../../storage/folder/folder-failure.ts';
import { isSafePath } from '../../storage/folder/inner-path.ts';
import type { Manifest } from '../../storage/folder/manifest.ts';
import { markerName, ownMember, readMarkers } from '../../storage/folder/marker.ts';
import { readPlainFile } from '../../storage/folder/read-plain-file.ts';
import { isMarkerName } from '../../storage/uri/own-names.ts';
import { readModelEntry } from '../models-file/read-model-entry.ts';
import { type FoundFile, readAdoptedMarker } from './adopted-marker.ts';

/** `files` null: a marker of ours tells of them already. */
export interface ForeignModel {
  readonly spec: Manifest['spec'];
  readonly files: readonly FoundFile[] | null;
}

/** Null: no marker, or it cannot be trusted. @throws OutriggerError FOLDER_UNUSABLE */
export async function readForeignModel(folder: string): Promise<ForeignModel | null> {
  const markers = (await namesIn(folder)).filter(isMarkerName);
  if (markers.length === 0) return null;
  return (await readOurs(folder, markers)) ?? (await readGoAgents(folder, markers));
}

/** None where we may not look: lost+found is on many a volume. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (['EACCES', 'EPERM', 'ENOENT'].includes(errorCodeOf(error) ?? '')) return [];
    throw asFolderFailure(error, folder);
  }
}

/** Of several models in one folder none can be told from the others. */
async function readOurs(folder: string, markers: readonly string[]): Promise<ForeignModel | null> {
  const pulled = await readMarkers(folder);
  const manifests = markers.flatMap((marker) => pulled.get(marker) ?? readAdoptedMarker(folder, marker) ?? []);
  const [manifest] = manifests;
  if (manifest === undefined || manifests.length > 1 || !markers.includes(markerName(manifest.spec))) return null;
  return (await changedFiles(folder, manifest)).length === 0 ? { spec: manifest.spec, files: null } : null;
}

interface GoMarker {
  readonly spec: Manifest['spec'];
  readonly writtenMs: number;
}

/**
 * KServe's agent writes its marker last, and a model that changes into the same folder, over the files of before: with a file that is
 * younger than the newest marker the folder may hold some of both (facts: kserve-agent.md 6).
 */
async function readGoAgents(folder: string, markers: readonly string[]): Promise<ForeignModel | null> {
  const found = await Promise.all(markers.map((marker) => readGoMarker(join(folder, marker))));
  const [newest] = found.filter((marker) => marker !== null).sort((one, other) => other.writtenMs - one.writtenMs);
  if (newest === undefined) return null;
  const files = await filesBelow(folder);
  if (files === null || files.length === 0) return null;
  return files.every(({ mtimeMs }) => mtimeMs <= newest.writtenMs) ? { spec: newest.spec, files } : null;
}

async function readGoMarker(path: string): Promise<GoMarker | null> {
  const stats = await whileInFolder(path, () => orMissing(lstat(path)));
  const text = readPlainFile(path);
  const spec = text === null ? null : readGoSpec(text);
  return stats === null || spec === null ? null : { spec, writtenMs: stats.mtimeMs };
}

/** As models.json would be read. Null: no spec, one with a list of files (ours), or of a store that we could not pull from. */
function readGoSpec(text: string): Manifest['spec'] | null {
  try {
    const written: unknown = JSON.parse(text);
    const read = readModelEntry({ modelName: 'adopted', modelSpec: written }, 0);
    return 'spec' in read && !Object.hasOwn(written as object, ownMember) ? read.spec : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Null: there is what a pull never makes, such as a symbolic link. Without markers. */
async function filesBelow(folder: string, above = ''): Promise<FoundFile[] | null> {
  const found: FoundFile[] = [];
  for (const entry of await whileInFolder(folder, () => readdir(join(folder, above), { withFileTypes: true }))) {
    const path = `${above}${entry.name}`;
    if (above === '' && isMarkerName(entry.name)) continue;
    if (!isSafePath(path)) return null;
    const inner = entry.isDirectory() ? await filesBelow(folder, `${path}/`) : await fileAt(folder, path);
    if (inner === null) return null;
    for (const file of inner) found.push(file);
  }
  return found;
}

async function fileAt(folder: string, path: string): Promise<FoundFile[] | null> {
  const stats: Stats | null = await whileInFolder(folder, () => orMissing(lstat(join(folder, path))));
  return stats?.isFile() === true ? [{ path, bytes: stats.size, mtimeMs: stats.mtimeMs }] : null;
}
