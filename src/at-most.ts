// Waits for work that may take for ever, but not longer than so long.

/** Also resolves after `maxMs`: the work goes on then. @throws what the work throws in time */
export async function atMost(maxMs: number, work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, maxMs);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
