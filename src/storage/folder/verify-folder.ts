// Are the bytes of a model the ones that were placed? The thorough look of --verify: every file is read.
import { join } from 'node:path';
import { OutriggerError } from '../../errors.ts';
import type { ChecksumAlgorithm, Checksums } from '../object-store.ts';
import { asFolderFailure } from './folder-failure.ts';
import { InnerFolders } from './inner-folders.ts';
import type { Manifest, PlacedFile } from './manifest.ts';
import { statsAt } from './stats-at.ts';

export interface VerifyOptions {
  /** Of a file's bytes as they are now, in one pass: see checksum/check-file.ts. */
  readonly checksumFile: ChecksumFile;
  /** So many more were read, or need not be. */
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
}

type ChecksumFile = (
  path: string,
  algorithms: readonly ChecksumAlgorithm[],
  options: { readonly signal: AbortSignal; readonly onBytes: (bytes: number) => void },
) => Promise<Checksums>;

export interface Difference {
  readonly path: string;
  readonly kind: 'missing' | 'not a file' | 'size' | 'checksum';
}

/** Every file against what the marker says of it, one after the other. @throws OutriggerError PULL_CANCELLED, FOLDER_UNUSABLE */
export async function verifyFolder(target: string, manifest: Manifest, options: VerifyOptions): Promise<Difference[]> {
  const inner = new InnerFolders(target);
  const differences: Difference[] = [];
  for (const file of manifest.files) {
    if (options.signal.aborted) throw new OutriggerError('PULL_CANCELLED', 'interrupted');
    const path = join(target, file.path);
    const unread = inner.isReached(file.path) ? differenceUnread(path, file) : 'missing';
    if (unread !== null) options.onBytes(file.bytes);
    const kind = unread ?? ((await hasItsChecksums(path, file, options)) ? null : 'checksum');
    if (kind !== null) differences.push({ path: file.path, kind });
  }
  return differences;
}

/** Null: its bytes will tell. */
function differenceUnread(path: string, file: PlacedFile): Difference['kind'] | null {
  const stats = statsAt(path);
  if (stats === null) return 'missing';
  if (!stats.isFile()) return 'not a file';
  return stats.size === file.bytes ? null : 'size';
}

async function hasItsChecksums(path: string, { checksums }: PlacedFile, options: VerifyOptions): Promise<boolean> {
  const { checksumFile, signal, onBytes } = options;
  const algorithms = Object.keys(checksums) as ChecksumAlgorithm[];
  try {
    const found = await checksumFile(path, algorithms, { signal, onBytes });
    return algorithms.every((algorithm) => found[algorithm] === checksums[algorithm]);
  } catch (error) {
    if (signal.aborted) throw new OutriggerError('PULL_CANCELLED', 'interrupted', { cause: error });
    throw asFolderFailure(error, path);
  }
}
