// Lost events in the log: at once, then once a minute with counts, whoever dropped them.
import type { Log } from '../../log.ts';
import type { SinkMetrics } from '../../log-metrics.ts';

const everyMs = 60_000;
/** Whoever only passes by looks no more often: adding up has its price. */
const lookEveryMs = 1000;

export class DropReport {
  readonly #metrics: SinkMetrics;
  readonly #log: Log;
  readonly #reported = new Map<string, number>();
  #lookedMs = Number.NEGATIVE_INFINITY;
  #saidMs = Number.NEGATIVE_INFINITY;

  constructor(metrics: SinkMetrics, log: Log) {
    this.#metrics = metrics;
    this.#log = log;
  }

  /** The queue may have dropped some. */
  look(nowMs: number): void {
    if (nowMs - this.#lookedMs < lookEveryMs) return;
    this.#lookedMs = nowMs;
    this.dropped(nowMs);
  }

  /** Some may have been dropped just now. */
  dropped(nowMs: number): void {
    if (nowMs - this.#saidMs >= everyMs && this.say()) this.#saidMs = nowMs;
  }

  /** All that was not said yet. False: there is nothing to say. */
  say(): boolean {
    const reasons: Record<string, number> = {};
    let events = 0;
    for (const [reason, { value }] of this.#metrics.drops) {
      const more = value - (this.#reported.get(reason) ?? 0);
      this.#reported.set(reason, value);
      if (more === 0) continue;
      reasons[reason] = more;
      events += more;
    }
    if (events > 0)
      this.#log.error({ sink: this.#metrics.label, events, reasons }, 'events of the payload log were lost');
    return events > 0;
  }
}
