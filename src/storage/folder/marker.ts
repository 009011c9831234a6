// The file that makes a folder a model: SUCCESS.<sha256 of what was asked for>, written last, with all that was placed.
import { createHash } from 'node:crypto';
import { closeSync, constants, fchmodSync, openSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMarkerName } from '../uri/own-names.ts';
import { canonicalJson } from './canonical-json.ts';
import { inFolder, whileInFolder } from './folder-failure.ts';
import { isSafePath } from './inner-path.ts';
import type { Manifest, PlacedFile } from './manifest.ts';
import { readPlainFile } from './read-plain-file.ts';
import { syncLater } from './sync-later.ts';

/** What Go's agent does not read, beside the spec's own members. */
export const ownMember = 'outrigger';

/** SUCCESS.<sha256 of the spec's canonical JSON>, as KServe's agent names them (facts: kserve-agent.md 6). */
export function markerName(spec: Readonly<Record<string, unknown>>): string {
  return `SUCCESS.${createHash('sha256').update(canonicalJson(spec)).digest('hex')}`;
}

/** Null: this spec is not in the folder, or its marker is none of ours. @throws OutriggerError FOLDER_UNUSABLE */
export async function readMarker(target: string, spec: Readonly<Record<string, unknown>>): Promise<Manifest | null> {
  const manifest = readManifest(target, markerName(spec));
  return manifest !== null && canonicalJson(manifest.spec) === canonicalJson(spec) ? manifest : null;
}

/**
 * Every model of a folder, by the name of its marker; those that Go's agent placed say nothing of their files and are left out.
 * @throws OutriggerError FOLDER_UNUSABLE
 */
export async function readMarkers(target: string): Promise<ReadonlyMap<string, Manifest>> {
  const names = inFolder(target, () => readdirSync(target)).filter(isMarkerName);
  return new Map(
    names.flatMap((name) => {
      const manifest = readManifest(target, name);
      return manifest === null ? [] : [[name, manifest] as const];
    }),
  );
}

/**
 * The marker before it has its name and its place, on the disk itself when this resolves.
 * @throws OutriggerError DISK_FULL, FOLDER_UNUSABLE
 */
export async function draftMarker(draft: string, manifest: Manifest): Promise<void> {
  await whileInFolder(draft, async () => {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
    const fd = openSync(draft, flags, 0o644);
    try {
      for (const piece of jsonOf(manifest)) writeFileSync(fd, piece);
      fchmodSync(fd, 0o644);
      await syncLater(fd);
    } finally {
      closeSync(fd);
    }
  });
}

/** From then on the folder is a model; the folder's own entry is for the caller to sync. @throws OutriggerError FOLDER_UNUSABLE */
export function placeMarker(target: string, { manifest, draft }: { manifest: Manifest; draft: string }): void {
  const place = join(target, markerName(manifest.spec));
  inFolder(place, () => renameSync(draft, place));
}

const filesPerPiece = 1_000;

/** One text of a model of very many files would be larger than all else that a pull keeps in memory. */
function* jsonOf({ spec, files }: Manifest): Generator<string> {
  const none = JSON.stringify({ ...spec, [ownMember]: { files: [] } });
  yield none.slice(0, -']}}'.length);
  for (let first = 0; first < files.length; first += filesPerPiece) {
    const piece = JSON.stringify(files.slice(first, first + filesPerPiece)).slice(1, -1);
    yield first === 0 ? piece : `,${piece}`;
  }
  yield ']}}';
}

function readManifest(target: string, name: string): Manifest | null {
  const text = readPlainFile(join(target, name));
  return text === null ? null : manifestOf(text);
}

function manifestOf(text: string): Manifest | null {
  try {
    const { [ownMember]: own, ...spec } = JSON.parse(text);
    const files: unknown = own?.files;
    return Array.isArray(files) && files.every(isPlacedFile) ? { spec, files } : null;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

function isPlacedFile(file: Partial<PlacedFile> | null): file is PlacedFile {
  return (
    isSafePath(file?.path) &&
    Number.isSafeInteger(file.bytes) &&
    Number.isFinite(file.mtimeMs) &&
    Object.values(file.checksums ?? {}).some((value) => typeof value === 'string') &&
    typeof file.source?.key === 'string'
  );
}
