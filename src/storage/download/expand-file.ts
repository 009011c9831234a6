// An object that its store keeps compressed (Content-Encoding: gzip) and hands out decompressed: verified as it is kept, then expanded.
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { OutriggerError } from '../../errors.ts';
import { runningCrc } from '../checksum/running-crc.ts';
import type { StagedFile } from '../folder/staging.ts';
import type { Checksums } from '../object-store.ts';

export interface ExpandParts {
  readonly staged: StagedFile;
  readonly stagedPath: string;
  readonly maxUnpackedBytes: number;
  readonly signal: AbortSignal;
}

/** Resolves with the checksum of the expanded bytes. @throws OutriggerError PULL_TOO_LARGE, ARCHIVE_INVALID, PULL_CANCELLED */
export async function expandFile({ staged, stagedPath, maxUnpackedBytes, signal }: ExpandParts): Promise<Checksums> {
  const expanded = `${stagedPath}.expanded`;
  const crc = runningCrc('crc32c');
  let bytes = 0;
  const measured = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      crc.update(chunk);
      if (bytes <= maxUnpackedBytes) done(null, chunk);
      else
        done(new OutriggerError('PULL_TOO_LARGE', `${staged.path}: more than ${maxUnpackedBytes} bytes, decompressed`));
    },
  });
  try {
    const steps = [
      createReadStream(stagedPath),
      createGunzip(),
      measured,
      createWriteStream(expanded, { mode: 0o644 }),
    ];
    await pipeline(steps, { signal });
    staged.replaceBy(expanded);
  } catch (cause) {
    await rm(expanded, { force: true });
    if (signal.aborted) throw new OutriggerError('PULL_CANCELLED', 'interrupted', { cause });
    throw (cause as NodeJS.ErrnoException).code?.startsWith('Z_')
      ? new OutriggerError('ARCHIVE_INVALID', `${staged.path}: its Content-Encoding is gzip, its bytes are not`, {
          cause,
        })
      : cause;
  }
  return { crc32c: crc.value() };
}
