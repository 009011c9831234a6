// An object that its store keeps compressed (Content-Encoding: gzip) and hands out decompressed: verified as it is kept, then expanded.
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { OutriggerError } from '../../errors.ts';
import { runningCrc } from '../checksum/running-crc.ts';
import { asFolderFailure } from '../folder/folder-failure.ts';
import type { StagedFile } from '../folder/staging.ts';
import type { Checksums } from '../object-store.ts';

export interface ExpandParts {
  readonly staged: Pick<StagedFile, 'path' | 'replaceBy'>;
  readonly stagedPath: string;
  readonly maxUnpackedBytes: number;
  readonly signal: AbortSignal;
}

/** Resolves with the checksum of the expanded bytes. @throws OutriggerError PULL_TOO_LARGE, ARCHIVE_INVALID, PULL_CANCELLED, DISK_FULL */
export async function expandFile({ staged, stagedPath, maxUnpackedBytes, signal }: ExpandParts): Promise<Checksums> {
  const expanded = `${stagedPath}.expanded`;
  const crc = runningCrc('crc32c');
  async function* measured(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > maxUnpackedBytes) throw tooLarge(staged.path, maxUnpackedBytes);
      crc.update(chunk);
      yield chunk;
    }
  }
  try {
    const written = createWriteStream(expanded, { mode: 0o644 });
    await pipeline(createReadStream(stagedPath), createGunzip(), measured, written, { signal });
    staged.replaceBy(expanded);
  } catch (cause) {
    await rm(expanded, { force: true });
    if (signal.aborted) throw new OutriggerError('PULL_CANCELLED', 'interrupted', { cause });
    throw explain(cause, staged.path);
  }
  return { crc32c: crc.value() };
}

function tooLarge(path: string, maxBytes: number): OutriggerError {
  return new OutriggerError(
    'PULL_TOO_LARGE',
    `${path}: more than ${maxBytes} bytes, decompressed; raise --max-unpacked-bytes`,
  );
}

function explain(cause: unknown, path: string): unknown {
  if (!(cause as NodeJS.ErrnoException).code?.startsWith('Z_')) return asFolderFailure(cause, path);
  const words = 'its Content-Encoding is gzip, its bytes are not; upload it again, or without Content-Encoding';
  return new OutriggerError('ARCHIVE_INVALID', `${path}: ${words}`, { cause });
}
