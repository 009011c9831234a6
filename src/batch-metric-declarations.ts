// The metrics of the batcher: name, unit, labels, help. Those of the proxy itself are in metric-declarations.ts.
import { Counter, Gauge, Histogram } from './instruments.ts';
import { LATENCY_BUCKETS_S } from './metric-declarations.ts';

const SIZE_BUCKETS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1024];
const WAIT_BUCKETS_S = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

const byModel = ['model'] as const;
const byReason = ['model', 'reason'] as const;

export function declareBatches() {
  return {
    rows: new Histogram({
      name: 'outrigger_batch_rows',
      help: 'Rows of a batch sent to the runtime.',
      labels: byModel,
      buckets: SIZE_BUCKETS,
    }),
    requests: new Histogram({
      name: 'outrigger_batch_requests',
      help: 'Requests of a batch sent to the runtime.',
      labels: byModel,
      buckets: SIZE_BUCKETS,
    }),
    waitSeconds: new Histogram({
      name: 'outrigger_batch_wait_seconds',
      help: 'From a request that may be merged to the dispatch of its batch.',
      labels: byModel,
      buckets: WAIT_BUCKETS_S,
    }),
    upstreamSeconds: new Histogram({
      name: 'outrigger_batch_upstream_seconds',
      help: 'From the dispatch of a batch to the last byte of its answer.',
      labels: byModel,
      buckets: LATENCY_BUCKETS_S,
    }),
  };
}

export function declareOutcomes() {
  return {
    flushes: new Counter({
      name: 'outrigger_batch_flushes_total',
      help: 'Batches by why they left.',
      labels: byReason,
    }),
    passed: new Counter({
      name: 'outrigger_batch_passed_total',
      help: 'Inference requests that were not merged, by why.',
      labels: byReason,
    }),
    reruns: new Counter({
      name: 'outrigger_batch_reruns_total',
      help: 'Requests sent alone after their batch failed or could not be split.',
      labels: byModel,
    }),
    quarantines: new Counter({
      name: 'outrigger_batch_quarantines_total',
      help: 'Times that a kind of request was no longer merged for a while, since its batches went wrong.',
      labels: byModel,
    }),
    withdrawn: new Counter({
      name: 'outrigger_batch_withdrawn_total',
      help: 'Requests that left before their batch was sent: their clients went away, or their time was over.',
      labels: byModel,
    }),
  };
}

export function declareLearned() {
  return {
    overheadSeconds: new Gauge({
      name: 'outrigger_batch_overhead_seconds',
      help: 'Learned of the runtime: time of a call whatever its rows.',
      labels: byModel,
    }),
    rowSeconds: new Gauge({
      name: 'outrigger_batch_row_seconds',
      help: 'Learned of the runtime: time that one more row takes.',
      labels: byModel,
    }),
    slots: new Gauge({
      name: 'outrigger_batch_slots',
      help: 'Calls that the runtime works on at once, as it says or as learned.',
      labels: byModel,
    }),
    gainRatio: new Gauge({
      name: 'outrigger_batch_gain_ratio',
      help: 'Time that the requests would have taken one by one over the time that their batches took, since start.',
      labels: byModel,
    }),
  };
}

export function declareWaiting() {
  return {
    rows: new Gauge({ name: 'outrigger_batch_waiting_rows', help: 'Rows that wait to be sent with others.' }),
    bytes: new Gauge({
      name: 'outrigger_batch_waiting_bytes',
      help: 'Bytes of bodies that are held, until their requests are answered.',
    }),
    keys: new Gauge({ name: 'outrigger_batch_keys', help: 'Kinds of requests that are kept apart.' }),
  };
}
