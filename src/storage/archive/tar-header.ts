// What is this member of a tar? A file, a folder, or something that no model needs.
import { archiveError } from './archive-error.ts';
import type { ArchiveMember } from './member-plan.ts';

/** As tar-stream reads it, in no way checked. */
export interface TarHeader {
  readonly name: string;
  readonly type: string | null;
  readonly size: number | null;
  readonly mode: number;
  /** Where its content begins in the stream of the tar. */
  readonly byteOffset: number;
  readonly pax: Readonly<Record<string, string>> | null;
}

const ownerMayExecute = 0o100;

const refusedKinds: Readonly<Record<string, string>> = {
  link: 'a hard link',
  symlink: 'a symbolic link',
  'character-device': 'a device',
  'block-device': 'a device',
  fifo: 'a FIFO',
};

/** @throws OutriggerError ARCHIVE_INVALID */
export function readTarHeader(header: TarHeader, archive: string): ArchiveMember {
  const { name, type, size, mode, pax } = header;
  const refuse = (why: string) => archiveError('ARCHIVE_INVALID', { archive, member: name }, { why });
  if (size === null || !Number.isSafeInteger(size)) throw refuse('its size is no number');
  const executable = (mode & ownerMayExecute) !== 0;
  if (type === 'directory') return { name, kind: 'folder', bytes: 0, executable };
  if (type !== 'file' && type !== 'contiguous-file') {
    throw refuse(`it is ${refusedKinds[type ?? ''] ?? 'of a kind that is not unpacked (sparse, volume, dump)'}`);
  }
  // GNU writes sparse files so, with a map before the content: unpacked as it is, the model would be another one.
  if (pax !== null && Object.keys(pax).some((key) => /^GNU\.sparse\.|^SCHILY\.realsize$/.test(key))) {
    throw refuse('it is a sparse file; pack it without --sparse');
  }
  if (!name.endsWith('/')) return { name, kind: 'file', bytes: size, executable };
  if (size > 0) throw refuse('it is a file by its kind and a folder by its name');
  return { name, kind: 'folder', bytes: 0, executable };
}

/** Where the content ends, padding included. */
export function tarContentEnd({ byteOffset, type, size }: TarHeader): number {
  return type === 'directory' ? byteOffset : byteOffset + 512 * Math.ceil((size ?? 0) / 512);
}
