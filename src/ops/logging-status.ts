// What /status tells of payload logging: each sink's health, its last error, and its account of events.
import type { LoggerConfig } from '../config/slices.ts';
import type { LogMetrics } from '../log-metrics.ts';

/** What a sink's sender and queue know. */
export interface LogSinkState {
  /** Its address without secrets: the label of its metrics. */
  readonly sink: string;
  readonly healthy: boolean;
  /** `open`: it takes nothing, and is asked gently with one event at a time. */
  readonly circuit: string;
  readonly lastError: { readonly atMs: number; readonly message: string } | null; // epoch
  readonly lastDeliveryMs: number | null; // epoch
  readonly queued: number;
  readonly queuedBytes: number; // in memory
  readonly oldestSeconds: number | null;
}

interface SinkReport {
  readonly sink: string;
  readonly healthy: boolean;
  readonly circuit: string;
  readonly lastError: { readonly at: string; readonly message: string } | null;
  readonly lastDelivery: string | null; // ISO 8601, UTC
  readonly received: number; // = delivered + deadLettered + queued + all that was dropped
  readonly delivered: number;
  readonly deadLettered: number;
  readonly queued: number;
  readonly queuedBytes: number;
  readonly oldestSeconds: number | null;
  readonly retries: number;
  readonly dropped: Readonly<Record<string, number>>; // by reason
}

export interface LoggingReport {
  readonly mode: string;
  readonly format: string;
  readonly sinks: readonly SinkReport[];
  /** Null: events wait in memory only. */
  readonly spool: { readonly dir: string; readonly bytes: number; readonly maxBytes: number } | null;
}

export function reportLogging(
  config: LoggerConfig | null,
  { metrics, sinks }: { readonly metrics: LogMetrics; readonly sinks: readonly LogSinkState[] },
): LoggingReport | null {
  if (config === null) return null;
  const { selection, delivery, spool } = config;
  return {
    mode: selection.combined ? 'combined' : selection.mode,
    format: delivery.format,
    sinks: sinks.map((state) => reportSink(state, metrics)),
    spool: spool === null ? null : { dir: spool.dir, bytes: metrics.spoolBytes.value, maxBytes: spool.maxBytes },
  };
}

function reportSink(state: LogSinkState, metrics: LogMetrics): SinkReport {
  const { sink, healthy, circuit, lastError, lastDeliveryMs, queued, queuedBytes, oldestSeconds } = state;
  const account = metrics.sink(sink);
  const { received, delivered, deadLettered } = account.totals;
  return {
    sink,
    healthy,
    circuit,
    lastError: lastError === null ? null : { at: isoTime(lastError.atMs), message: lastError.message },
    lastDelivery: lastDeliveryMs === null ? null : isoTime(lastDeliveryMs),
    received,
    delivered,
    deadLettered,
    queued,
    queuedBytes,
    oldestSeconds,
    retries: account.retries.value,
    dropped: Object.fromEntries([...account.drops].map(([reason, cell]) => [reason, cell.value])),
  };
}

function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
