// A deadline that a machine which stood still does not use up: it passes in steps, and each takes a round of the event loop.
const steps = 20;

/** `over` is called when nobody called the returned function in time. */
function patience(ms: number, over: () => void): () => void {
  let left = steps;
  let timer: NodeJS.Timeout;
  const step = (): void => {
    left -= 1;
    if (left < 0) over();
    else timer = setTimeout(step, ms / steps);
  };
  step();
  return () => clearTimeout(timer);
}

/** Resolves when `settled` holds or nobody is patient any more; `subscribe` is given whom to call when something changed. */
export async function settles(
  ms: number,
  settled: () => boolean,
  subscribe: (changed: () => void) => void,
): Promise<void> {
  if (settled()) return;
  await new Promise<void>((resolve) => {
    let giveUp = patience(ms, resolve);
    subscribe(() => {
      giveUp();
      if (settled()) resolve();
      else giveUp = patience(ms, resolve); // it goes on: millions of bytes take their time on a busy machine
    });
  });
  subscribe(() => undefined);
}
