// What the spool tells people: what is lost, and what lies there that nobody asks for.
import type { Log } from '../../log.ts';
import type { LogMetrics } from '../../log-metrics.ts';
import type { SpoolFailure } from './spool-failure.ts';

/** A spool that is full stays so for a while. */
const quietMs = 60_000;

export class SpoolReports {
  readonly #dir: string;
  readonly #log: Log;
  readonly #metrics: LogMetrics;
  #saidFullMs = Number.NEGATIVE_INFINITY;

  constructor(dir: string, { log, metrics }: { readonly log: Log; readonly metrics: LogMetrics }) {
    this.#dir = dir;
    this.#log = log;
    this.#metrics = metrics;
  }

  /** An event found no room. */
  full(): 'full' {
    this.#metrics.unspooled('full').add();
    const nowMs = performance.now();
    if (nowMs - this.#saidFullMs < quietMs) return 'full';
    this.#saidFullMs = nowMs;
    this.#log.error(
      { dir: this.#dir },
      'events are kept in memory only, not in the spool: --log-spool-max-bytes is reached',
    );
    return 'full';
  }

  strangers(events: number): void {
    if (events === 0) return;
    this.#log.warn(
      { dir: this.#dir, events },
      `the spool keeps ${events} events of sinks that are not configured any more`,
    );
  }

  corrupt(events: number): void {
    if (events === 0) return;
    this.#log.error({ dir: this.#dir, events }, `${events} events of the spool could not be read and are lost`);
  }

  begunAnew({ message }: SpoolFailure, aside: string): void {
    this.#log.error({ dir: this.#dir, aside }, `the spool was begun anew, what was in it is lost: ${message}`);
  }
}
