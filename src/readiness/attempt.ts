// One attempt of a probe: cut at its time, or when the agent stops, and always ended with a result.
import { describeFailure } from './failure.ts';

export interface Attempt {
  readonly timeoutMs: number;
  /** Aborted when the time is up or the agent stops; the probe then closes what it opened and settles. */
  readonly signal: AbortSignal;
}

/** null: passed. A string: what happened instead. */
export type ProbeResult = string | null;
export type Probe = (attempt: Attempt) => Promise<ProbeResult>;

export const STOPPED = 'the agent is stopping';

/** Runs `act` within `timeoutMs`; a failure is a string, also when `act` rejects. `act` must settle once its signal aborts. */
export async function withinTime<T>(
  { timeoutMs, signal }: Attempt,
  act: (attempt: Attempt) => Promise<T | string>,
): Promise<T | string> {
  if (signal.aborted) return STOPPED;
  const cut = new AbortController();
  const abort = () => cut.abort();
  const timer = setTimeout(abort, timeoutMs);
  signal.addEventListener('abort', abort, { once: true });
  try {
    const result = await act({ timeoutMs, signal: cut.signal });
    return typeof result === 'string' ? failure(result) : result;
  } catch (error) {
    return failure(describeFailure(error));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }

  // A socket destroyed at the deadline reports its own end; the reason is the deadline.
  function failure(happened: string): string {
    if (signal.aborted) return STOPPED;
    return cut.signal.aborted ? `no answer within ${timeoutMs} ms` : happened;
  }
}
