// Files that are here already (file://, mounted volumes): copied into staging, so that a model never changes under its runtime.
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { OutriggerError } from '../../errors.ts';
import { runningCrc } from '../checksum/running-crc.ts';
import { inFolder } from '../folder/folder-failure.ts';
import type { StagedFile, Staging } from '../folder/staging.ts';
import type { LocalStore } from '../object-store.ts';
import { explainFileError } from '../stores/file/walk-folder.ts';
import { shownText } from '../uri/shown-text.ts';
import type { WantedFile } from '../uri/wanted-files.ts';
import type { PullProgress } from './progress.ts';
import { RoomCheck } from './room-check.ts';

export interface CopyParts {
  /** Of the model, for messages: redacted. */
  readonly shownUri: string;
  readonly store: LocalStore;
  readonly staging: Staging;
  readonly progress: PullProgress;
  readonly signal: AbortSignal;
}

const chunkBytes = 1_048_576;
/** Not through a link that was put there meanwhile, and without waiting for whoever writes to a pipe. */
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** @throws OutriggerError PULL_CANCELLED, DISK_FULL, FOLDER_UNUSABLE, OBJECT_CHANGED, STORE_DENIED, STORE_FAILED */
export async function copyFiles(pages: AsyncIterable<readonly WantedFile[]>, parts: CopyParts): Promise<void> {
  const { progress } = parts;
  const chunk = Buffer.allocUnsafe(chunkBytes);
  const room = new RoomCheck(parts);
  for await (const page of pages) {
    progress.listedFiles += page.length;
    for (const { object } of page) progress.listedBytes += object.bytes ?? 0;
    await room.add(page);
    for (const file of page) await copyFile(file, chunk, parts);
  }
  progress.listing = false;
}

async function copyFile({ object, path }: WantedFile, chunk: Buffer, parts: CopyParts): Promise<void> {
  const { store, staging, progress, signal } = parts;
  refuseIfAborted(signal);
  const staged = await staging.open({ path, object });
  if (staged === null) {
    progress.keptBytes += object.bytes ?? 0;
    progress.doneBytes += object.bytes ?? 0;
  } else {
    try {
      if (object.bytes !== null) staged.allocate(object.bytes);
      const source = await store.localPath(object);
      const crc32c = await copyBytes({ source, key: object.key, bytes: object.bytes, staged, chunk, parts });
      await staged.complete({ crc32c });
    } finally {
      staged.close();
    }
  }
  progress.doneFiles += 1;
}

interface Copy {
  readonly source: string;
  readonly key: string;
  readonly bytes: number | null; // as listed
  readonly staged: StagedFile;
  readonly chunk: Buffer;
  readonly parts: CopyParts;
}

/** Resolves with the CRC32C of what was copied: one and the same version, of the listed size. */
async function copyBytes(copy: Copy): Promise<string> {
  const { source, key, bytes } = copy;
  const fd = reading(key, () => openSync(source, readFlags));
  try {
    const before = reading(key, () => fstatSync(fd, { bigint: true }));
    if (!before.isFile() || Number(before.size) !== bytes) throw changed(key);
    const crc32c = await copyChunks(fd, copy);
    const after = reading(key, () => fstatSync(fd, { bigint: true }));
    if (!isSame(before, after)) throw changed(key);
    return crc32c;
  } finally {
    closeSync(fd);
  }
}

async function copyChunks(fd: number, { key, staged, chunk, parts: { progress, signal } }: Copy): Promise<string> {
  const crc = runningCrc('crc32c');
  for (let at = 0; ; ) {
    const read = reading(key, () => readSync(fd, chunk, 0, chunk.length, at));
    if (read === 0) return crc.value();
    inFolder(staged.path, () => {
      for (let written = 0; written < read; ) {
        written += writeSync(staged.fd, chunk, written, read - written, at + written);
      }
    });
    crc.update(chunk.subarray(0, read));
    at += read;
    progress.doneBytes += read;
    progress.fetchedBytes += read;
    await setImmediate(); // others have their turn: a cancel is seen
    refuseIfAborted(signal);
  }
}

function reading<Result>(key: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw explainFileError(error, key);
  }
}

function isSame(before: BigIntStats, after: BigIntStats): boolean {
  return before.size === after.size && before.mtimeNs === after.mtimeNs;
}

function refuseIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new OutriggerError('PULL_CANCELLED', 'interrupted');
}

function changed(key: string): OutriggerError {
  const remedy = 'pull again when nobody writes to it';
  return new OutriggerError('OBJECT_CHANGED', `"${shownText(key)}" changed while it was being copied; ${remedy}`);
}
