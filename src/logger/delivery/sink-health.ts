// How a sink is doing, for /status, the gauge and the log: one line when it is gone, one when it is back.
import type { Log } from '../../log.ts';
import type { SinkMetrics } from '../../log-metrics.ts';
import type { Attempt } from './delivery.ts';

export interface SinkHealth {
  /** The last attempt went well, or none was made. */
  readonly healthy: boolean;
  /** atMs: Date.now() */
  readonly lastError: { readonly atMs: number; readonly message: string } | null;
  /** Date.now(); null: nothing was delivered yet. */
  readonly lastDeliveryMs: number | null;
  /** Open: everything failed lately, so one event at a time is tried. */
  readonly circuit: 'closed' | 'open';
}

/** Never the text of an answer: it may say what the event said. */
function describe(attempt: Attempt): string {
  switch (attempt.kind) {
    case 'answered':
      return `answered ${attempt.status}`;
    case 'failed':
      return `${attempt.code}: ${attempt.message}`;
    case 'unfit':
      return attempt.message;
  }
}

export class HealthRecord {
  readonly #metrics: SinkMetrics;
  readonly #log: Log;
  #healthy = true;
  #lastError: { readonly atMs: number; readonly message: string } | null = null;
  #lastDeliveryMs: number | null = null;
  #gone: { readonly sinceMs: number; readonly dropped: number } | null = null;

  constructor(metrics: SinkMetrics, log: Log) {
    this.#metrics = metrics;
    this.#log = log;
  }

  went(well: boolean, attempt: Attempt, wallMs: number): void {
    if (well) this.#lastDeliveryMs = wallMs;
    else this.#lastError = { atMs: wallMs, message: describe(attempt) };
    if (this.#healthy === well) return;
    this.#healthy = well;
    this.#metrics.healthy.set(well ? 1 : 0);
  }

  /** The circuit opened. */
  gone(attempt: Attempt, nowMs: number): void {
    const { label, queued, totals } = this.#metrics;
    this.#gone = { sinceMs: nowMs, dropped: totals.dropped };
    this.#log.warn(
      { sink: label, reason: describe(attempt), queued: queued.value },
      'sink takes no events of the payload log: they are kept up to the bound of its queue, and it is asked again and again',
    );
  }

  /** The circuit closed. */
  back(nowMs: number): void {
    if (this.#gone === null) return;
    const { label, queued, totals } = this.#metrics;
    const { sinceMs, dropped } = this.#gone;
    this.#gone = null;
    this.#log.info(
      { sink: label, afterMs: Math.round(nowMs - sinceMs), queued: queued.value, dropped: totals.dropped - dropped },
      'sink takes events of the payload log again',
    );
  }

  read(circuit: 'closed' | 'open'): SinkHealth {
    return { healthy: this.#healthy, lastError: this.#lastError, lastDeliveryMs: this.#lastDeliveryMs, circuit };
  }
}
