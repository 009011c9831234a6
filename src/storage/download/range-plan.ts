// In which ranges a file is fetched, and where a range under way is cut when somebody has nothing to do.
import type { ByteRange } from '../object-store.ts';

/** Smaller halves cost a request more than they save. */
const leastStolenBytes = 1_048_576;

/**
 * The size of the ranges: `wantedBytes`, or what comes next to it (at most twice as much) in whole parts of the upload, since
 * stores keep the parts of a multipart upload apart and read one of them faster than pieces of two.
 */
export function rangeBytes(wantedBytes: number, uploadPartBytes: number | null): number {
  if (uploadPartBytes === null || uploadPartBytes < 1) return wantedBytes;
  if (uploadPartBytes <= 2 * wantedBytes)
    return uploadPartBytes * Math.max(1, Math.floor(wantedBytes / uploadPartBytes));
  // A larger part is cut in equal pieces: none of them spans two parts.
  return Math.ceil(uploadPartBytes / Math.ceil(uploadPartBytes / (2 * wantedBytes)));
}

/** What is still missing of `bytes`, given what is there (ascending, not overlapping), in ranges of at most `sizeBytes`. */
export function missingRanges(parts: readonly ByteRange[], bytes: number, sizeBytes: number): ByteRange[] {
  const ranges: ByteRange[] = [];
  const cut = (from: number, to: number): void => {
    for (let first = from; first < to; ) {
      // Ranges keep to multiples of their size, wherever an earlier pull broke off.
      const last = Math.min(to, (Math.floor(first / sizeBytes) + 1) * sizeBytes) - 1;
      ranges.push({ first, last });
      first = last + 1;
    }
  };
  let next = 0;
  for (const { first, last } of parts) {
    cut(next, first);
    next = last + 1;
  }
  cut(next, bytes);
  return ranges;
}

/** First byte of the half that another connection takes over; null: too little is left. `next`: the first byte that is missing. */
export function stealFrom(next: number, last: number): number | null {
  const left = last - next + 1;
  return left >= 2 * leastStolenBytes ? next + Math.ceil(left / 2) : null;
}
