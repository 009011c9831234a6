// Can the disk be written? Remembers when it could not, when to try again, and says so in the log without repeating itself.
import type { Log } from '../../log.ts';
import type { SpoolFailure } from './spool-failure.ts';

export interface HealthOptions {
  readonly dir: string;
  readonly log: Log;
  /** After a failure nothing is tried for so long. */
  readonly retryMs: number;
}

/** A disk that is full, free, full … says so once in this time. */
const quietMs = 60_000;

export class SpoolHealth {
  readonly #options: HealthOptions;
  #failing = false;
  #retryAtMs = 0;
  #saidMs = Number.NEGATIVE_INFINITY;
  #said = false;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  get failing(): boolean {
    return this.#failing;
  }

  /** True: try it. While it fails that is once in retryMs. */
  mayTry(): boolean {
    if (!this.#failing) return true;
    const nowMs = performance.now();
    if (nowMs < this.#retryAtMs) return false;
    this.#retryAtMs = nowMs + this.#options.retryMs;
    return true;
  }

  failed({ kind, message }: SpoolFailure): void {
    const { dir, log, retryMs } = this.#options;
    const nowMs = performance.now();
    this.#retryAtMs = nowMs + retryMs;
    this.#failing = true;
    if (this.#said || nowMs < this.#saidMs + quietMs) return;
    this.#said = true;
    this.#saidMs = nowMs;
    log.error({ dir, reason: kind }, `events are kept in memory only, not in the spool: ${message}`);
  }

  worked(): void {
    if (!this.#failing) return;
    this.#failing = false;
    if (!this.#said) return;
    this.#said = false;
    this.#options.log.info({ dir: this.#options.dir }, 'events are kept in the spool again');
  }
}
