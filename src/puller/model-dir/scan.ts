// What lies in the model folder at the start, after it was put in order: what a kill left half done goes, or is finished.
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OutriggerError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { whileInFolder } from '../../storage/folder/folder-failure.ts';
import { isFolderName } from '../models-file/folder-name.ts';
import { adoptFolder } from './adopt-folder.ts';
import { isVersionId, type Layout, modelFolderOf } from './layout.ts';
import { lookAtPlace, removeLink, swapLink } from './model-link.ts';
import type { ModelOnDisk } from './model-on-disk.ts';
import { type FoundVersion, type ReadVersionParts, readVersion } from './read-version.ts';
import type { Trash } from './trash.ts';

export interface ScanParts extends Omit<ReadVersionParts, 'id'> {
  readonly layout: Layout;
  readonly trash: Trash;
  readonly log: Log;
}

/** Looks that wait for the file system together: over a network each takes its time. */
const modelsAtOnce = 8;

/** @throws OutriggerError FOLDER_UNUSABLE, DISK_FULL */
export async function scanModels(parts: ScanParts): Promise<Map<string, ModelOnDisk>> {
  const { layout } = parts;
  for (const { name } of await entriesOf(layout.drafts)) await discard(parts, join(layout.drafts, name));
  const places = (await entriesOf(layout.root)).filter(({ name }) => isFolderName(name));
  const adopted = new Set<string>();
  await eachOf(
    places.filter((entry) => entry.isDirectory()),
    async ({ name }) => void ((await tryAdopt(parts, name)) && adopted.add(name)),
  );
  const models = new Map<string, ModelOnDisk>();
  const folders = (await entriesOf(layout.own)).filter(({ name }) => isFolderName(name));
  await eachOf(folders, async (entry) => {
    const model = entry.isDirectory() ? await scanModel(parts, entry.name, adopted) : null;
    if (model === null) await discard(parts, join(layout.own, entry.name));
    else models.set(entry.name, model);
  });
  const links = places.filter((entry) => entry.isSymbolicLink() && !models.has(entry.name));
  await eachOf(links, async ({ name }) => void (await scanLink(parts, name, [])));
  return models;
}

/** Null: an empty folder. */
async function scanModel(parts: ScanParts, name: string, adopted: ReadonlySet<string>): Promise<ModelOnDisk | null> {
  const folder = modelFolderOf(parts.layout, name);
  const entries = await entriesOf(folder);
  const found: FoundVersion[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (!isVersionId(entry.name) || !entry.isDirectory()) {
      await discard(parts, path);
      continue;
    }
    const version = await readVersion(path, { ...parts, id: entry.name });
    if (version !== null) found.push(version);
  }
  found.sort((one, other) => one.placedAtMs - other.placedAtMs || (one.id < other.id ? -1 : 1));
  const linked = (await scanLink(parts, name, found)) ?? (await finishAdoption(parts, { name, found, adopted }));
  if (found.length === 0 && (await entriesOf(folder)).length === 0) return null;
  return { name, versions: found.map(({ id, spec, filesKey, bytes }) => ({ id, spec, filesKey, bytes })), linked };
}

/** Where it leads; one that leads to nothing complete goes. */
async function scanLink(
  { layout, log }: ScanParts,
  name: string,
  found: readonly FoundVersion[],
): Promise<string | null> {
  const at = await lookAtPlace(layout, name);
  if (at.kind !== 'link') return null;
  if (found.some(({ id }) => id === at.id)) return at.id;
  await removeLink(layout, name);
  log.warn({ model: name, version: at.id }, 'a link that led to no complete version is removed');
  return null;
}

interface Adopted {
  readonly name: string;
  readonly found: readonly FoundVersion[];
  /** Names that were adopted just now; an adoption that was killed is known by its marker. */
  readonly adopted: ReadonlySet<string>;
}

/** The link comes last. */
async function finishAdoption({ layout }: ScanParts, { name, found, adopted }: Adopted): Promise<string | null> {
  const [only] = found;
  if (only === undefined || found.length > 1 || !(only.adopted || adopted.has(name))) return null;
  if ((await lookAtPlace(layout, name)).kind !== 'none') return null;
  await swapLink(layout, { name, id: only.id });
  return only.id;
}

/** What cannot be adopted is only in the way when somebody wants a model of its name: it is told then. */
async function tryAdopt({ layout, log }: ScanParts, name: string): Promise<boolean> {
  try {
    return await adoptFolder(layout, { name, log });
  } catch (error) {
    if (!(error instanceof OutriggerError)) throw error;
    log.warn({ model: name, err: error }, 'a model that another agent pulled cannot be kept');
    return false;
  }
}

async function discard({ trash }: ScanParts, path: string): Promise<void> {
  await trash.take(path); // swept with what else is there
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  return whileInFolder(folder, () => readdir(folder, { withFileTypes: true }));
}

async function eachOf<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  const rest = items.values();
  const work = async (): Promise<void> => {
    for (const item of rest) await act(item);
  };
  await Promise.all(Array.from({ length: modelsAtOnce }, work));
}
