// When may a port be closed, such that nobody is just knocking?
//
// The kernel makes connections on its own and resets those that it made, but that were not accepted, when their port closes.
// Nothing in Node (or in TCP's interface) closes a port and keeps them. So the port is closed right behind a round of the event
// loop that found nobody there and took no time: what is left is the few microseconds between the kernel's last look and the close.

/** Rounds to learn how short a round can be; each accepts one connection at most, so a full queue of the kernel takes more. */
const learningRounds = 200;
/** How much longer than the shortest round one may be. */
const tolerance = 1.5;
/** So long the moment is waited for; an agent that is busy all the time takes any round without a connection then. */
const patienceMs = 200;
/** And if there is always one, the port is closed all the same. */
const latestMs = 2_000;

/** Resolves in a round of the event loop in which no connection came; `accepted` counts them. */
export async function untilUnasked(accepted: () => number): Promise<void> {
  const startMs = performance.now();
  let shortestMs = Number.POSITIVE_INFINITY;
  let beganMs = startMs;
  for (let round = 0; beganMs - startMs < latestMs; round++) {
    const before = accepted();
    await nextRound();
    const nowMs = performance.now();
    const tookMs = nowMs - beganMs;
    beganMs = nowMs;
    if (accepted() !== before) continue;
    if (round >= learningRounds && tookMs <= shortestMs * tolerance) return;
    if (nowMs - startMs > patienceMs) return;
    shortestMs = Math.min(shortestMs, tookMs);
  }
}

/** Until the kernel was asked once more for whatever came in. */
export function nextRound(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
