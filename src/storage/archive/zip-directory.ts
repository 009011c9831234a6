// Which members does a zip have, and where? The whole central directory is checked before a byte of a member is read.
import { setImmediate } from 'node:timers/promises';
import { type Entry, fromRandomAccessReaderPromise, type ZipFile } from 'yauzl';
import type { PullLimits } from '../../config/storage-config.ts';
import { archiveError, asArchiveError } from './archive-error.ts';
import type { MemberPlan, PlannedMember } from './member-plan.ts';
import { checkLocalHeader, readZipEntry } from './zip-entry.ts';
import { ZipFileReader } from './zip-file-reader.ts';

export interface ZipMember {
  readonly member: PlannedMember;
  readonly deflated: boolean;
  readonly crc32: number;
  /** Of its header; the members are in order of it. */
  readonly start: number;
  readonly dataStart: number;
  readonly dataEnd: number; // exclusive
}

export interface ZipSource {
  readonly archive: string;
  readonly fd: number;
  readonly fileBytes: number;
  readonly limits: PullLimits;
  readonly signal: AbortSignal;
}

/** End record, its zip64 form, a signature: what follows the last member's record (APPNOTE 4.3.6). */
const afterDirectory = [0x06054b50, 0x06064b50, 0x05054b50];
/** So many members, then others have their turn. */
const membersPerTurn = 1024;

/** @throws OutriggerError ARCHIVE_INVALID, UNSAFE_PATH, PULL_TOO_LARGE; Error of yauzl for what is no zip */
export async function readZipDirectory(source: ZipSource, plan: MemberPlan): Promise<readonly ZipMember[]> {
  const { archive, limits } = source;
  const reader = new ZipFileReader(source.fd);
  // Names and sizes are checked by us (zip-entry.ts): yauzl's refusals name no member and have no code.
  const options = { autoClose: false, decodeStrings: false, validateEntrySizes: false };
  const zip = await fromRandomAccessReaderPromise(reader, source.fileBytes, options);
  if (zip.entryCount > limits.maxFiles) {
    const why = `it has ${zip.entryCount} members, more than ${limits.maxFiles}`;
    throw archiveError('PULL_TOO_LARGE', { archive, member: null }, { why });
  }
  const directoryStart = cursorOf(zip);
  const members: ZipMember[] = [];
  for await (const entry of zip.eachEntry()) {
    const member = await readMember(zip, entry, { archive, plan });
    if (member !== null) members.push(member);
    if (zip.entriesRead % membersPerTurn === 0) await setImmediate(); // an abort comes as an event
    source.signal.throwIfAborted();
  }
  await checkDirectoryEnd(reader, cursorOf(zip));
  members.sort((one, other) => one.start - other.start);
  checkApart(members, { archive, directoryStart });
  return members;
}

async function readMember(
  zip: ZipFile,
  entry: Entry,
  { archive, plan }: { readonly archive: string; readonly plan: MemberPlan },
): Promise<ZipMember | null> {
  const said = readZipEntry(entry, archive);
  const member = plan.add(said);
  const local = await zip.readLocalFileHeaderPromise(entry).catch((error) => {
    throw asArchiveError(error, { archive, member: said.name });
  });
  checkLocalHeader(entry, local, archive);
  if (member === null) return null;
  return {
    member,
    deflated: entry.compressionMethod !== 0,
    crc32: entry.crc32,
    start: entry.relativeOffsetOfLocalHeader,
    dataStart: local.fileDataStart,
    dataEnd: local.fileDataStart + entry.compressedSize,
  };
}

/** A count that is too low would leave members out, and nobody would know. */
async function checkDirectoryEnd(reader: ZipFileReader, end: number): Promise<void> {
  const signature = Buffer.alloc(4);
  await new Promise<void>((resolve, reject) => {
    reader.read(signature, 0, 4, end, (error) => (error === null ? resolve() : reject(error)));
  });
  if (!afterDirectory.includes(signature.readUInt32LE(0)))
    throw new Error('its directory has more members than it says');
}

/** One and the same content under many names is how a small zip becomes petabytes. */
function checkApart(
  members: readonly ZipMember[],
  { archive, directoryStart }: { readonly archive: string; readonly directoryStart: number },
): void {
  for (const [index, { member, dataEnd }] of members.entries()) {
    if (dataEnd <= (members[index + 1]?.start ?? directoryStart)) continue;
    throw archiveError('ARCHIVE_INVALID', { archive, member: member.name }, { why: 'its bytes overlap with others' });
  }
}

/** Where yauzl reads the next record: a number, in spite of its types. */
function cursorOf(zip: ZipFile): number {
  return zip.readEntryCursor as unknown as number;
}
