// What /status tells of the batcher: the figures of /metrics as means, and what the runtime said of its models.
import type { BatchMetrics, ModelBatchMetrics } from '../batch-metrics.ts';
import type { BatcherConfig } from '../config/slices.ts';
import type { CounterCell, HistogramCell } from '../instruments.ts';
import type { ModelLimits } from '../v2/model-config.ts';

/** What the runtime said about one model. */
export interface BatcherLimits extends ModelLimits {
  /** As in a request: /v2/models/NAME[/versions/V]. */
  readonly modelPath: string;
}

/** Means and what was learned are null until there is something to tell. */
interface ModelReport {
  readonly requests: number; // that were sent in batches
  readonly batches: number;
  readonly rows: number; // of all of them
  readonly rowsPerBatch: number | null;
  readonly requestsPerBatch: number | null;
  readonly waitMsMean: number | null;
  readonly upstreamMsMean: number | null;
  readonly overheadMs: number | null; // of a call
  readonly rowMs: number | null; // of one more row
  readonly slots: number | null; // calls at once
  readonly gain: number | null; // time one by one / time in batches
  readonly flushes: Readonly<Record<string, number>>;
  readonly passed: Readonly<Record<string, number>>;
  readonly withdrawn: number; // left before the send: client gone, or time over
  readonly reruns: number;
  readonly quarantines: number;
}

export interface BatchingReport {
  readonly policy: BatcherConfig['policy'];
  readonly maxRows: number;
  readonly maxLatencyMs: number;
  readonly waiting: { readonly rows: number; readonly bytes: number };
  readonly keys: number; // kinds of requests that are kept apart
  readonly refused: { readonly rows: number; readonly bytes: number; readonly keys: number }; // requests, by the bound that was reached
  readonly models: Readonly<Record<string, ModelReport>>;
  readonly limits: readonly BatcherLimits[];
}

export interface BatchingFacts {
  readonly metrics: BatchMetrics;
  readonly refused: Readonly<Record<'rows' | 'bytes' | 'keys', CounterCell>>;
  readonly limits: readonly BatcherLimits[];
}

export function reportBatching(
  config: BatcherConfig | null,
  { metrics, refused, limits }: BatchingFacts,
): BatchingReport | null {
  if (config === null) return null;
  const { policy, maxRows, maxLatencyMs } = config;
  const { rows, bytes, keys } = metrics.waiting;
  return {
    policy,
    maxRows,
    maxLatencyMs,
    waiting: { rows: rows.value, bytes: bytes.value },
    keys: keys.value,
    refused: { rows: refused.rows.value, bytes: refused.bytes.value, keys: refused.keys.value },
    models: Object.fromEntries([...metrics.models].map((model) => [model.label, reportModel(model)])),
    limits,
  };
}

function reportModel(model: ModelBatchMetrics): ModelReport {
  const isFitted = model.slots.value > 0;
  return {
    requests: model.requests.sum,
    batches: model.requests.count,
    rows: model.rows.sum,
    rowsPerBatch: meanOf(model.rows),
    requestsPerBatch: meanOf(model.requests),
    waitMsMean: meanOf(model.waitSeconds, 1000),
    upstreamMsMean: meanOf(model.upstreamSeconds, 1000),
    overheadMs: isFitted ? rounded(model.overheadSeconds.value * 1000) : null,
    rowMs: isFitted ? rounded(model.rowSeconds.value * 1000) : null,
    slots: isFitted ? model.slots.value : null,
    gain: isFitted ? rounded(model.gainRatio.value) : null,
    flushes: byReason(model.flushes),
    passed: byReason(model.passes),
    withdrawn: model.withdrawn.value,
    reruns: model.reruns.value,
    quarantines: model.quarantines.value,
  };
}

function meanOf({ sum, count }: HistogramCell, factor = 1): number | null {
  return count === 0 ? null : rounded((sum / count) * factor);
}

/** For people: a microsecond is enough. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function byReason(cells: ReadonlyMap<string, CounterCell>): Record<string, number> {
  return Object.fromEntries([...cells].map(([reason, cell]) => [reason, cell.value]));
}
