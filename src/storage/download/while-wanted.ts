// Waits for what cannot be stopped itself, such as a token that somebody else gives, but only as long as anybody wants it.

/** Null as soon as `signal` fires, whatever `work` is doing; what becomes of it then is nobody's concern. @throws what `work` throws */
export function whileWanted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result | null> {
  return new Promise((resolve, reject) => {
    const ended = (): void => resolve(null);
    if (signal.aborted) ended();
    signal.addEventListener('abort', ended, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', ended));
  });
}
