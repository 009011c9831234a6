// Writes members below a folder that is ours alone: through no link, over no file, not a byte more than the archive says.
import { closeSync, constants, fstatSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { OutriggerError } from '../../errors.ts';
import { runningCrc } from '../checksum/running-crc.ts';
import { freeBytesOf } from '../folder/disk-space.ts';
import type { PlacedFile } from '../folder/manifest.ts';
import { archiveError, asArchiveError } from './archive-error.ts';
import { FileFlusher } from './file-flusher.ts';
import type { PlannedMember } from './member-plan.ts';

export type UnpackedFile = Omit<PlacedFile, 'source'>;

export interface MemberWriterOptions {
  readonly archive: string;
  readonly into: string; // absolute; nobody else writes there
  readonly signal: AbortSignal;
  /** Of a member, just written. */
  readonly onBytes: (bytes: number) => void;
}

const newFile = constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW | constants.O_WRONLY;
const roomRemedy = 'free space: an archive needs room for itself and for all that is in it';
/** Before a smaller file nobody asks how much room there is: ENOSPC says it soon enough. */
const askRoomFromBytes = 16 * 1024 * 1024;

export class MemberWriter {
  readonly #options: MemberWriterOptions;
  readonly #flusher = new FileFlusher();
  readonly #files: UnpackedFile[] = [];
  readonly #folders: string[] = [];

  constructor(options: MemberWriterOptions) {
    this.#options = options;
  }

  /** @throws OutriggerError DISK_FULL, FOLDER_UNUSABLE */
  needRoom(bytes: number): void {
    if (bytes < askRoomFromBytes) return;
    const { archive, into } = this.#options;
    const freeBytes = freeBytesOf(into);
    if (freeBytes >= bytes) return;
    const why = `${bytes} bytes are to be unpacked and ${freeBytes} are free; ${roomRemedy}`;
    throw archiveError('DISK_FULL', { archive, member: null }, { why });
  }

  /**
   * `chunks` may be used again by their owner as soon as the next is asked for; null: a folder.
   * @throws OutriggerError ARCHIVE_INVALID when they are more or fewer than `member.bytes`; DISK_FULL, UNSAFE_PATH, FOLDER_UNUSABLE
   */
  async write(member: PlannedMember, chunks: AsyncIterable<Uint8Array> | null): Promise<void> {
    this.#options.signal.throwIfAborted();
    this.#act(member, () => {
      for (const folder of member.folders) {
        mkdirSync(join(this.#options.into, folder), { mode: 0o755 });
        this.#folders.push(folder);
      }
    });
    if (chunks === null) return;
    this.needRoom(member.bytes);
    const path = join(this.#options.into, member.path);
    const fd = this.#act(member, () => openSync(path, newFile, member.executable ? 0o755 : 0o644));
    try {
      await this.#fill(fd, member, chunks);
    } catch (error) {
      closeSync(fd);
      throw asArchiveError(error, { archive: this.#options.archive, member: member.name });
    }
    await this.#flusher.add(fd).catch((error) => this.#fail(member.name, error));
  }

  /** All of it is on the disk, the folders' entries too. @throws OutriggerError DISK_FULL, FOLDER_UNUSABLE */
  async finish(): Promise<readonly UnpackedFile[]> {
    try {
      for (const folder of [...this.#folders, '']) {
        await this.#flusher.add(openSync(join(this.#options.into, folder), constants.O_RDONLY | constants.O_DIRECTORY));
      }
      await this.#flusher.done();
    } catch (error) {
      this.#fail(null, error);
    }
    return this.#files;
  }

  /** Nothing of ours touches the folder afterwards. */
  async settled(): Promise<void> {
    await this.#flusher.settled();
  }

  async #fill(fd: number, member: PlannedMember, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const crc = runningCrc('crc32c');
    let bytes = 0;
    for await (const chunk of chunks) {
      this.#options.signal.throwIfAborted();
      if (bytes + chunk.length > member.bytes) throw this.#wrongSize(member, 'more');
      this.#act(member, () => writeAll(fd, chunk));
      bytes += chunk.length;
      crc.update(chunk);
      this.#options.onBytes(chunk.length);
    }
    if (bytes !== member.bytes) throw this.#wrongSize(member, `${bytes}`);
    const { mtimeMs } = this.#act(member, () => fstatSync(fd));
    this.#files.push({ path: member.path, bytes, mtimeMs, checksums: { crc32c: crc.value() } });
  }

  #wrongSize({ name, bytes }: PlannedMember, seen: string): Error {
    const why = `the archive says ${bytes} bytes and has ${seen}`;
    return archiveError('ARCHIVE_INVALID', { archive: this.#options.archive, member: name }, { why });
  }

  #act<T>(member: PlannedMember, action: () => T): T {
    try {
      return action();
    } catch (error) {
      return this.#fail(member.name, error);
    }
  }

  #fail(member: string | null, error: unknown): never {
    if (error instanceof OutriggerError) throw error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    const place = { archive: this.#options.archive, member };
    // EEXIST, though the plan knows of no such name: the file system takes two names for one (case, Unicode forms).
    if (['EEXIST', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EILSEQ', 'EINVAL'].includes(code)) {
      throw archiveError('UNSAFE_PATH', place, { why: `the file system does not take it: ${code}`, cause: error });
    }
    const full = ['ENOSPC', 'EDQUOT'].includes(code);
    const why = full ? `${message}; ${roomRemedy}` : message;
    throw archiveError(full ? 'DISK_FULL' : 'FOLDER_UNUSABLE', place, { why, cause: error });
  }
}

/** write(2) may take less than it was given. */
function writeAll(fd: number, chunk: Uint8Array): void {
  for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at, chunk.length - at);
}
