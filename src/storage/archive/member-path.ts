// Where in the folder does a member go? From the name that the archive gives it, or not at all.
import { OutriggerError } from '../../errors.ts';
import { safePath } from '../uri/safe-path.ts';
import { type ArchivePlace, archiveError } from './archive-error.ts';

/** What Windows takes for the root of a drive; no model has a folder of such a name. */
const drive = /^[a-z]:(?:\/|$)/i;

/**
 * Below the folder, "/" between names. Null: the folder itself ("./", which tar writes of `tar -C folder .`). The "./" before a
 * name and the "/" after a folder's are usual. @throws OutriggerError UNSAFE_PATH, ARCHIVE_INVALID for a name in no known coding
 */
export function memberPath(place: ArchivePlace & { readonly member: string }): string | null {
  if (place.member.includes('\uFFFD')) throw archiveError('ARCHIVE_INVALID', place, { why: 'its name is not UTF-8' });
  const name = place.member.replace(/^(?:\.\/)+/, '');
  if (name === '.' || (name === '' && place.member !== '')) return null;
  if (drive.test(name)) throw archiveError('UNSAFE_PATH', place, { why: 'it begins with the letter of a drive' });
  return contained(place, name.startsWith('/') ? name : name.replace(/\/+$/, ''));
}

function contained(place: ArchivePlace, name: string): string {
  try {
    return safePath(name);
  } catch (error) {
    if (!(error instanceof OutriggerError)) throw error;
    throw archiveError(error.code, place, { why: error.message, cause: error });
  }
}
