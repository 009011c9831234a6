// Quantiles of what was added to a histogram between two looks at it.
/** @import { TrafficReport } from '../../traffic-status.ts' */
/** @typedef {TrafficReport['requestSeconds']} Distribution */

/**
 * What came between two looks; null when nothing can be said: other buckets, or the later one has less (a restart).
 * @param {Distribution} later
 * @param {Distribution} earlier
 * @returns {Distribution | null}
 */
export function distributionBetween(later, earlier) {
  const sameBounds =
    later.bounds.length === earlier.bounds.length && later.bounds.every((bound, at) => bound === earlier.bounds[at]);
  if (!sameBounds) return null;
  const counts = later.counts.map((count, at) => count - (earlier.counts[at] ?? 0));
  if (counts.some((count) => count < 0)) return null;
  return { bounds: later.bounds, counts, sum: later.sum - earlier.sum, count: later.count - earlier.count };
}

/**
 * Interpolated inside the bucket, as Prometheus does; beyond the last bound: that bound. Null: nothing was counted.
 * @param {Distribution} distribution
 * @param {number} share 0 to 1
 */
export function quantile({ bounds, counts }, share) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0 || bounds.length === 0) return null;
  const rank = share * total;
  let below = 0;
  for (const [at, count] of counts.entries()) {
    if (count > 0 && below + count >= rank) {
      const [low, high] = [at === 0 ? 0 : bounds[at - 1], bounds[at]];
      if (low === undefined || high === undefined) break;
      return low + (high - low) * ((rank - below) / count);
    }
    below += count;
  }
  return bounds.at(-1) ?? null;
}
