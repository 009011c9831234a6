// The checksums of a file that lies here, computed again: what --verify compares with the marker.
import { open } from 'node:fs/promises';
import type { ChecksumAlgorithm, Checksums } from '../object-store.ts';
import { runningCrc } from './running-crc.ts';
import { sequentialHash } from './sequential-hash.ts';
import type { RunningChecksum } from './verification.ts';

export interface CheckOptions {
  readonly signal: AbortSignal;
  /** Called after each chunk with its bytes. */
  readonly onBytes?: (bytes: number) => void;
}

/** Memory stays flat at this, however large the file is. */
const chunkBytes = 1024 ** 2;

/** In the order of the file, chunk by chunk. @throws what node:fs throws, and the signal's reason */
export async function checksumFile(
  path: string,
  algorithms: readonly ChecksumAlgorithm[],
  { signal, onBytes }: CheckOptions,
): Promise<Checksums> {
  signal.throwIfAborted();
  await using file = await open(path);
  const { size: bytes } = await file.stat();
  const running = algorithms.map((algorithm) => [algorithm, runningChecksum(algorithm, bytes)] as const);
  const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(bytes, 1)));
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
    signal.throwIfAborted();
    if (bytesRead === 0) return Object.fromEntries(running.map(([algorithm, sum]) => [algorithm, sum.value()]));
    const chunk = buffer.subarray(0, bytesRead);
    for (const [, sum] of running) sum.update(chunk);
    onBytes?.(bytesRead);
  }
}

function runningChecksum(algorithm: ChecksumAlgorithm, bytes: number): RunningChecksum {
  return algorithm === 'crc32' || algorithm === 'crc32c' || algorithm === 'crc64nvme'
    ? runningCrc(algorithm)
    : sequentialHash(algorithm, bytes);
}
