// How repeated measurements become one figure: the median, and how far the rounds lay apart.

/** @throws RangeError on an empty list: a figure nobody measured must not look like zero. */
export function median(samples: readonly number[]): number {
  if (samples.length === 0) throw new RangeError('median of no samples');
  const sorted = [...samples].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1]!;
  return sorted.length % 2 === 1 ? upper : (upper + sorted[(sorted.length >> 1) - 1]!) / 2;
}

/** Half the distance between the extremes over the median, in percent: +-x % between rounds. */
export function spreadPercent(samples: readonly number[]): number {
  const middle = median(samples);
  return middle === 0 ? 0 : (50 * (Math.max(...samples) - Math.min(...samples))) / Math.abs(middle);
}
