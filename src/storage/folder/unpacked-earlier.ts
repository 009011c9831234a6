// Was this archive unpacked into the folder by an earlier pull, and is everything still there? Then it need not be fetched again.
import type { WantedFile } from '../uri/wanted-files.ts';
import { changedFiles } from './changed-files.ts';
import type { PlacedFile } from './manifest.ts';
import { readMarker } from './marker.ts';

interface Place {
  readonly target: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

/**
 * Its members; null: it was not, or another version of it, or a member is missing or was changed.
 * @throws OutriggerError FOLDER_UNUSABLE
 */
export async function unpackedEarlier(
  { object, path }: WantedFile,
  { target, spec }: Place,
): Promise<readonly PlacedFile[] | null> {
  const manifest = await readMarker(target, spec);
  if (manifest === null || manifest.files.length === 0 || object.version === null) return null;
  const isMember = ({ source, path: member }: PlacedFile): boolean =>
    source.key === object.key && source.version === object.version && (manifest.files.length > 1 || member !== path);
  if (!manifest.files.every(isMember)) return null;
  return (await changedFiles(target, manifest)).length === 0 ? manifest.files : null;
}
