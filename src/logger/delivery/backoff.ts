// How long to wait after a failure: twice as long each time up to a cap, and never the same for everybody.

export interface Backoff {
  /** After the first failure. */
  readonly firstMs: number;
  readonly maxMs: number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/**
 * `failures`: in a row, from 1 on. Half of the time is certain and half is drawn ("equal jitter"), so that agents that failed
 * together do not come back together, and none comes back at once.
 */
export function backoffMs(failures: number, { firstMs, maxMs, random }: Backoff): number {
  const fullMs = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 50));
  return fullMs / 2 + (random() * fullMs) / 2;
}
