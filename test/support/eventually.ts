// Waits for what no event tells, such as a gauge: asks again and again, up to a deadline.
import { setTimeout as wait } from 'node:timers/promises';

const deadlineMs = 10_000;

/** @throws with `what` when the claim still does not hold after 10 s */
export async function eventually(what: string, claim: () => boolean | undefined, { everyMs = 5 } = {}): Promise<void> {
  const lastMs = performance.now() + deadlineMs;
  while (!claim()) {
    if (performance.now() > lastMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await wait(everyMs);
  }
}
