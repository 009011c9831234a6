// Waits for what no event tells, such as a gauge: asks again and again, up to a deadline.
import { setTimeout as wait } from 'node:timers/promises';

const deadlineMs = 10_000;

/** @throws when `done` still does not hold after 10 s */
export async function eventually(done: () => boolean | undefined, everyMs = 10): Promise<void> {
  const lastMs = performance.now() + deadlineMs;
  while (!done()) {
    if (performance.now() > lastMs) throw new Error(`not within ${deadlineMs} ms: ${done}`);
    await wait(everyMs);
  }
}
