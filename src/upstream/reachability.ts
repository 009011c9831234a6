// Whether the runtime could ever be reached: before that a refused connection means "not started yet" (503), later "gone" (502).
import { OutriggerError } from '../errors.ts';

export class Reachability {
  #reached = false;
  #onFailure: () => void = () => undefined;

  /** Called each time that no connection could be made. */
  onFailure(onFailure: () => void): void {
    this.#onFailure = onFailure;
  }

  /** Some connection to the runtime was accepted. */
  markReached(): void {
    this.#reached = true;
  }

  /** The error a client is told when no connection could be made. */
  connectFailure(target: string, cause: Error): OutriggerError {
    this.#onFailure();
    const reason = describeConnectError(cause);
    return this.#reached
      ? new OutriggerError('UPSTREAM_UNREACHABLE', `cannot connect to the runtime at ${target}: ${reason}`, { cause })
      : new OutriggerError('UPSTREAM_NOT_STARTED', `the runtime at ${target} is not up yet: ${reason}`, { cause });
  }
}

function describeConnectError(cause: Error): string {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return 'connection refused';
  return code ?? cause.message;
}
