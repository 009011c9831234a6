// Waits for what no event tells, such as a gauge: asks again and again, up to a deadline.
import { setTimeout as wait } from 'node:timers/promises';

export interface Patience {
  /** Default: 30 s. */
  readonly deadlineMs?: number;
  /** Default: 5 ms. */
  readonly everyMs?: number;
}

/** @throws with `what` when the claim still does not hold at the deadline */
export async function eventually(
  what: string,
  claim: () => boolean | undefined | Promise<boolean>,
  { deadlineMs = 30_000, everyMs = 5 }: Patience = {},
): Promise<void> {
  const lastMs = performance.now() + deadlineMs;
  while (!(await claim())) {
    if (performance.now() > lastMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await wait(everyMs);
  }
}
