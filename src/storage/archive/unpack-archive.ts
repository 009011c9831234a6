// Unpacks an archive into an empty folder: all of it, or nothing is left there. An archive in an archive stays a file.
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { PullLimits } from '../../config/storage-config.ts';
import type { OutriggerError } from '../../errors.ts';
import { archiveError, asArchiveError } from './archive-error.ts';
import type { ArchiveKind } from './detect-archive.ts';
import { MemberPlan } from './member-plan.ts';
import { MemberWriter, type UnpackedFile } from './member-writer.ts';
import { tarBytes } from './tar-bytes.ts';

export interface Unpacking {
  /** The archive, absolute. It stays. */
  readonly file: string;
  readonly kind: ArchiveKind;
  /** What errors call it, such as the object's key; the file's own name by default. */
  readonly name?: string;
  /** An empty folder, absolute; nobody else writes there. */
  readonly into: string;
  readonly limits: PullLimits;
  readonly signal: AbortSignal;
  /** So many unpacked bytes more are written. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * The members as they stand below `into`, on the disk (fsync), each with its crc32c. Files get 0644, or 0755 if their owner may
 * execute them; owners, times and set-id bits of the archive are not taken over. Memory is flat, whatever the archive.
 * @throws OutriggerError ARCHIVE_INVALID (broken, cut off, empty, encrypted, sparse; a link or a device), UNSAFE_PATH (a member
 * that would leave the folder, twice the same, our own marker), PULL_TOO_LARGE, DISK_FULL, FOLDER_UNUSABLE, PULL_CANCELLED;
 * `into` is empty then
 */
export async function unpackArchive(unpacking: Unpacking): Promise<readonly UnpackedFile[]> {
  const { file, into, signal, name: archive = basename(file), limits } = unpacking;
  const writer = new MemberWriter({ archive, into, signal, onBytes: unpacking.onBytes });
  try {
    const plan = new MemberPlan({ archive, limits });
    await readMembers(unpacking, { archive, plan, writer });
    if (plan.files === 0) throw archiveError('ARCHIVE_INVALID', { archive, member: null }, { why: 'it has no files' });
    return await writer.finish();
  } catch (error) {
    const refusal = asRefusal(error, { archive, signal });
    await writer.settled();
    await removeAll(into).catch(({ message }: Error) => {
      const why = `what was unpacked cannot be removed (${message}), after: ${refusal.message}`;
      throw archiveError('FOLDER_UNUSABLE', { archive, member: null }, { why, cause: refusal });
    });
    throw refusal;
  }
}

async function removeAll(folder: string): Promise<void> {
  for (const entry of await readdir(folder)) await rm(join(folder, entry), { recursive: true, force: true });
}

/** The libraries of archives are loaded with the first archive. */
async function readMembers(
  { file, kind, limits, signal }: Unpacking,
  parts: { readonly archive: string; readonly plan: MemberPlan; readonly writer: MemberWriter },
): Promise<void> {
  if (kind === 'zip') {
    const { readZip } = await import('./read-zip.ts');
    return await readZip({ file, limits, signal, ...parts });
  }
  const { readTar } = await import('./read-tar.ts');
  const { archive, plan, writer } = parts;
  await readTar(tarBytes({ file, kind, signal }), {
    archive,
    take: async (member, chunks) => {
      const planned = plan.add(member);
      if (planned !== null) await writer.write(planned, chunks);
    },
  });
}

function asRefusal(error: unknown, { archive, signal }: { archive: string; signal: AbortSignal }): OutriggerError {
  const place = { archive, member: null };
  if (signal.aborted) return archiveError('PULL_CANCELLED', place, { why: 'unpacking was interrupted', cause: error });
  return asArchiveError(error, place);
}
