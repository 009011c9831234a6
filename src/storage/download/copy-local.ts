// Files that are here already (file://, mounted volumes): copied into staging, so that a model never changes under its runtime.
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { OutriggerError } from '../../errors.ts';
import { runningCrc } from '../checksum/running-crc.ts';
import type { StagedFile, Staging } from '../folder/staging.ts';
import type { LocalStore } from '../object-store.ts';
import type { WantedFile } from '../uri/wanted-files.ts';
import type { PullProgress } from './progress.ts';

export interface CopyParts {
  readonly store: LocalStore;
  readonly staging: Staging;
  readonly progress: PullProgress;
  readonly signal: AbortSignal;
}

const chunkBytes = 1_048_576;

/** @throws OutriggerError PULL_CANCELLED, DISK_FULL, FOLDER_UNUSABLE, OBJECT_CHANGED */
export async function copyFiles(pages: AsyncIterable<readonly WantedFile[]>, parts: CopyParts): Promise<void> {
  const { progress, signal } = parts;
  const chunk = Buffer.allocUnsafe(chunkBytes);
  for await (const page of pages) {
    progress.listedFiles += page.length;
    for (const { object } of page) progress.listedBytes += object.bytes ?? 0;
    for (const file of page) {
      if (signal.aborted) throw new OutriggerError('PULL_CANCELLED', 'interrupted');
      await copyFile(file, chunk, parts);
    }
  }
  progress.listing = false;
}

async function copyFile({ object, path }: WantedFile, chunk: Buffer, parts: CopyParts): Promise<void> {
  const { store, staging, progress } = parts;
  const staged = await staging.open({ path, object });
  if (staged === null) {
    progress.keptBytes += object.bytes ?? 0;
    progress.doneBytes += object.bytes ?? 0;
  } else {
    try {
      if (object.bytes !== null) staged.allocate(object.bytes);
      const source = openSync(await store.localPath(object), constants.O_RDONLY | constants.O_NOFOLLOW);
      try {
        const crc32c = await copyBytes({ source, staged, chunk, parts });
        if (fstatSync(source).size !== object.bytes) throw changed(object.key);
        await staged.complete({ crc32c });
      } finally {
        closeSync(source);
      }
    } finally {
      staged.close();
    }
  }
  progress.doneFiles += 1;
}

interface Copy {
  readonly source: number;
  readonly staged: StagedFile;
  readonly chunk: Buffer;
  readonly parts: CopyParts;
}

/** Resolves with the CRC32C of what was copied. */
async function copyBytes({ source, staged, chunk, parts: { progress, signal } }: Copy): Promise<string> {
  const crc = runningCrc('crc32c');
  for (let at = 0; ; ) {
    const read = readSync(source, chunk, 0, chunk.length, at);
    if (read === 0) return crc.value();
    for (let written = 0; written < read; ) {
      written += writeSync(staged.fd, chunk, written, read - written, at + written);
    }
    crc.update(chunk.subarray(0, read));
    at += read;
    progress.doneBytes += read;
    progress.fetchedBytes += read;
    // Between two chunks others have their turn: a cancel is seen.
    await new Promise((resolve) => setImmediate(resolve));
    if (signal.aborted) throw new OutriggerError('PULL_CANCELLED', 'interrupted');
  }
}

function changed(key: string): OutriggerError {
  return new OutriggerError('OBJECT_CHANGED', `${key}: it changed while it was being copied`);
}
