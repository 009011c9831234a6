// Which checksums are computed of a file, and whether they are those that the store has.
import type { ChecksumAlgorithm, Checksums } from '../object-store.ts';
import type { CombinableAlgorithm, VerificationPlan } from './verification.ts';

const combinable = ['crc32', 'crc32c', 'crc64nvme'] as const satisfies readonly CombinableAlgorithm[];
const sequential = ['sha256', 'sha1', 'gitBlob'] as const;

/**
 * All that is offered is computed, but for MD5 beside anything else: it is the slowest (1 GB/s) and would tell nothing more.
 * Where no CRC is offered our own crc32c is taken, at a tenth of what a hash costs: resumed parts and --verify go by it.
 */
export function planVerification(offered: Checksums): VerificationPlan {
  const isOffered = (algorithm: ChecksumAlgorithm): boolean => offered[algorithm] !== undefined;
  const combined = combinable.filter(isOffered);
  const hashes = sequential.filter(isOffered);
  const onlyMd5 = isOffered('md5') && combined.length + hashes.length === 0;
  return {
    combined: combined.length > 0 ? combined : ['crc32c'],
    sequential: onlyMd5 ? ['md5'] : hashes,
  };
}

/** The first algorithm of both that differs; null: none does. What only one of them has proves nothing. */
export function mismatch(expected: Checksums, computed: Checksums): ChecksumAlgorithm | null {
  const differs = (algorithm: ChecksumAlgorithm): boolean => {
    const [theirs, ours] = [expected[algorithm], computed[algorithm]];
    return theirs !== undefined && ours !== undefined && theirs !== ours;
  };
  return (Object.keys(expected) as ChecksumAlgorithm[]).find(differs) ?? null;
}
