// How a refused archive is told of: which archive, which member, why; one line, whatever the names contain.
import { type ErrorCode, OutriggerError } from '../../errors.ts';
import { shownText } from '../uri/shown-text.ts';

export interface ArchivePlace {
  /** What its owner calls it: the object's key, a file's name. */
  readonly archive: string;
  /** As the archive spells it; untrusted. Null: the archive as a whole. */
  readonly member: string | null;
}

export function archiveError(
  code: ErrorCode,
  { archive, member }: ArchivePlace,
  { why, cause }: { readonly why: string; readonly cause?: unknown },
): OutriggerError {
  const where = member === null ? shownText(archive) : `${shownText(archive)}, member "${shownText(member)}"`;
  return new OutriggerError(code, `${where}: ${why}`, { cause });
}

/** What a library or node:fs threw while `place` was read; ours rise as they are. */
export function asArchiveError(error: unknown, place: ArchivePlace): OutriggerError {
  if (error instanceof OutriggerError) return error;
  const { message: why, syscall } = error as NodeJS.ErrnoException;
  // With a system call: the archive cannot be read, whatever is in it.
  return archiveError(syscall === undefined ? 'ARCHIVE_INVALID' : 'FOLDER_UNUSABLE', place, { why, cause: error });
}
