// Waits for a callback, but not for ever.

/** Resolves when the callback is called, or after maxMs. */
export function boundedWait(maxMs: number, start: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, maxMs);
    start(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
