// What the spool tells people: what is lost, and what lies there that nobody asks for.
import type { Log } from '../../log.ts';
import type { SpoolFailure } from './spool-failure.ts';

export class SpoolReports {
  readonly #dir: string;
  readonly #log: Log;

  constructor(dir: string, log: Log) {
    this.#dir = dir;
    this.#log = log;
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
