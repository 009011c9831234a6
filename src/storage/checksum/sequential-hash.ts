// Hashes that need a file's bytes in their order, one interface for all of them.
import { createHash } from 'node:crypto';
import type { ChecksumAlgorithm } from '../object-store.ts';
import type { CombinableAlgorithm, RunningChecksum } from './verification.ts';

export type SequentialAlgorithm = Exclude<ChecksumAlgorithm, CombinableAlgorithm>;

/** `bytes`: of the whole file, which gitBlob is about too (git "Git Objects": "blob <bytes>\0", then the bytes). */
export function sequentialHash(algorithm: SequentialAlgorithm, bytes: number): RunningChecksum {
  const hash = createHash(algorithm === 'gitBlob' ? 'sha1' : algorithm);
  if (algorithm === 'gitBlob') hash.update(`blob ${bytes}\0`);
  return {
    update: (chunk) => {
      hash.update(chunk);
    },
    value: () => hash.digest('base64'),
  };
}
