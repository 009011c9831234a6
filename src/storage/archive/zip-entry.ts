// What does the central directory of a zip say of a member? Read twice over: the local header has to say the same.
import { isUtf8 } from 'node:buffer';
import { type Entry, getFileNameLowLevel, type LocalFileHeader } from 'yauzl';
import { archiveError } from './archive-error.ts';
import type { ArchiveMember } from './member-plan.ts';

const encrypted = 0x1; // general purpose flags, APPNOTE 4.4.4
const sizesFollow = 0x8;
const utf8Name = 0x800;
const stored = 0;
const deflated = 8;
const fileTypeMask = 0o170000;
const regularFile = 0o100000;
const folder = 0o040000;
const symbolicLink = 0o120000;
const ownerMayExecute = 0o100;

/** @throws OutriggerError ARCHIVE_INVALID */
export function readZipEntry(entry: Entry, archive: string): ArchiveMember {
  const name = nameOf(entry);
  const refuse = (why: string) => archiveError('ARCHIVE_INVALID', { archive, member: name }, { why });
  const { compressionMethod, uncompressedSize } = entry;
  const mode = entry.externalFileAttributes >>> 16; // st_mode, of packers that know one
  const type = mode & fileTypeMask;
  if (type === symbolicLink) throw refuse('it is a symbolic link');
  if (type !== 0 && type !== regularFile && type !== folder) throw refuse('it is a device, a FIFO or a socket');
  if ((entry.generalPurposeBitFlag & encrypted) !== 0) throw refuse('it is encrypted');
  if (compressionMethod !== stored && compressionMethod !== deflated) {
    throw refuse(`its compression (method ${compressionMethod}) is none of stored and deflate`);
  }
  if (compressionMethod === stored && entry.compressedSize !== uncompressedSize) throw refuse('it has two sizes');
  if (!name.endsWith('/') && type !== folder) {
    return { name, kind: 'file', bytes: uncompressedSize, executable: (mode & ownerMayExecute) !== 0 };
  }
  if (uncompressedSize > 0) throw refuse('it is a folder with content');
  return { name, kind: 'folder', bytes: 0, executable: false };
}

/** Readers that go by the local headers would unpack something else. @throws OutriggerError ARCHIVE_INVALID */
export function checkLocalHeader(entry: Entry, local: LocalFileHeader, archive: string): void {
  const differs = (what: string) =>
    archiveError('ARCHIVE_INVALID', { archive, member: nameOf(entry) }, { why: `its two headers differ in ${what}` });
  if (!local.fileName.equals(entry.fileNameRaw)) throw differs('the name');
  if (local.compressionMethod !== entry.compressionMethod) throw differs('the compression');
  if (((local.generalPurposeBitFlag ^ entry.generalPurposeBitFlag) & encrypted) !== 0) throw differs('the encryption');
  if ((local.generalPurposeBitFlag & sizesFollow) !== 0) return;
  if (local.crc32 !== entry.crc32) throw differs('the CRC');
  if (!sameSize(local.compressedSize, entry.compressedSize)) throw differs('the size');
  if (!sameSize(local.uncompressedSize, entry.uncompressedSize)) throw differs('the size');
}

/** 0xffffffff: it stands in the zip64 field, which yauzl reads of the central directory. */
function sameSize(local: number, central: number): boolean {
  return local === central || local === 0xffffffff;
}

/**
 * Not every packer of UTF-8 names says so (macOS), and other letters in CP437 are hardly ever valid UTF-8. A backslash is taken
 * for "/", as Windows means it.
 */
function nameOf({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string {
  const flags = isUtf8(fileNameRaw) ? generalPurposeBitFlag | utf8Name : generalPurposeBitFlag;
  return getFileNameLowLevel(flags, fileNameRaw, extraFields, false);
}
