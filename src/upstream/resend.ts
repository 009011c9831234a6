// May a request be sent a second time when its connection died?
import { ConnectFailure, explainFailure } from './http1-failure.ts';

/** An exchange at the moment that its connection ended. */
export interface DiedExchange {
  readonly error: Error;
  /** Nobody waits for the answer any more, or it was sent twice already. */
  readonly givenUp: boolean;
  /** Some of it may have been written. */
  readonly sent: boolean;
  /** The connection had carried another exchange. */
  readonly reused: boolean;
  /** Not one byte of an answer came. */
  readonly silent: boolean;
  /** Its body is bytes, and --retry-stale-connection allows it. */
  readonly repeatable: boolean;
}

/**
 * RFC 9112 9.3.1, narrowed: once, on a new connection, when a reused one ended before one byte of an answer, and bytes
 * only. What was never written (the idle connection died in the moment that it was taken) may go again in any case.
 */
export function mayResend({ error, givenUp, sent, reused, silent, repeatable }: DiedExchange): boolean {
  if (givenUp || error instanceof ConnectFailure) return false;
  if (!sent) return explainFailure(error).code !== 'INTERNAL'; // which no other connection would mend
  return reused && silent && repeatable;
}
