// The words of verification: what is computed while a file's parts arrive, in any order, and what it has to be.
import type { ChecksumAlgorithm } from '../object-store.ts';

/** Its parts can be computed apart and put together: no byte is read twice. */
export type CombinableAlgorithm = 'crc32' | 'crc32c' | 'crc64nvme';

/** What is found out about one file. */
export interface VerificationPlan {
  /** Over the parts, as they arrive; never empty (crc32c when the store offers none), so that --verify has something. */
  readonly combined: readonly CombinableAlgorithm[];
  /** Over the whole file in its order. */
  readonly sequential: readonly Exclude<ChecksumAlgorithm, CombinableAlgorithm>[];
}

/** One algorithm over consecutive bytes. */
export interface RunningChecksum {
  update(bytes: Uint8Array): void;
  /** Base64 of the big-endian value; to be asked for once, at the end. */
  value(): string;
}
