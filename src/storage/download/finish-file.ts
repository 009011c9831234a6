// A file whose bytes are all here: is it what the store has? Then it is completed in staging, expanded where it has to be.
import type { Staging } from '../folder/staging.ts';
import { expandFile } from './expand-file.ts';
import type { FileDownload } from './file-download.ts';
import type { Part } from './part.ts';
import type { PullProgress } from './progress.ts';
import type { Recovery } from './recovery.ts';

export interface FinishParts {
  readonly staging: Pick<Staging, 'pathOf'>;
  readonly recovery: Recovery;
  readonly progress: PullProgress;
  readonly maxUnpackedBytes: number;
  readonly signal: AbortSignal;
}

/** Came wrong so often: it will again. */
const maxMismatches = 3;

/** `last`: the part that was fetched last, null if none was. True: complete, and closed. False: it was begun anew. @throws OutriggerError */
export async function finishFile(file: FileDownload, last: Part | null, parts: FinishParts): Promise<boolean> {
  const { staging, recovery, progress, maxUnpackedBytes, signal } = parts;
  const { staged } = file;
  const { wrong, checksums } = await file.verify(last);
  const { object } = file;
  if (wrong !== null) {
    file.mismatches += 1;
    const text = `${wrong}, ${maxMismatches} times in a row`;
    if (file.mismatches >= maxMismatches) throw recovery.failed(object, { code: 'CHECKSUM_MISMATCH', text });
    recovery.startOver(file, object);
    return false;
  }
  const stagedPath = staging.pathOf(staged.path);
  const isCompressed = object.contentEncoding !== null;
  await staged.complete(isCompressed ? await expandFile({ staged, stagedPath, maxUnpackedBytes, signal }) : checksums);
  file.close();
  progress.doneFiles += 1;
  if (object.bytes === null) progress.listedBytes += file.writtenBytes; // now it is known
  return true;
}
