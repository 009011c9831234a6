// Does /status tell of the batcher what /metrics counts?
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import { openMetrics } from '../../src/metrics.ts';
import { reportBatching } from '../../src/ops/batching-status.ts';
import { readStatus } from '../../src/ops/status.ts';

const { batcher: config } = readConfig({ argv: ['--enable-batcher', '--max-batchsize=8'], env: {} });

test('a batcher that is off is null, whatever was counted', () => {
  const { batching: batch, batchRefused: refused } = openMetrics();
  batch.model('digits').passed('shape').add();
  expect(reportBatching(null, { metrics: batch, refused, limits: [] })).toBeNull();
});

test('each model has its means, what was learned, and its reasons', () => {
  const { batching: batch, batchRefused: refused } = openMetrics();
  const digits = batch.model('digits');
  for (const [requests, rows, upstreamMs] of [
    [5, 8, 6],
    [2, 3, 5],
  ] as const) {
    digits.requests.observe(requests);
    digits.rows.observe(rows);
    digits.upstreamSeconds.observe(upstreamMs / 1000);
    digits.fitted({ overheadMs: 4, rowMs: 0.25, slots: 2 }, { requests, rows, upstreamMs });
  }
  for (const waitMs of [1, 2, 6]) digits.waitSeconds.observe(waitMs / 1000);
  digits.flushed('full').add();
  digits.flushed('idle').add();
  digits.passed('shape').add(4);
  digits.reruns.add(3);
  digits.quarantines.add();
  digits.withdrawn.add(2);
  refused.rows.add(2);
  batch.waiting.rows.set(7);
  batch.waiting.bytes.set(90);
  batch.waiting.keys.set(1);
  const limits = [{ modelPath: '/v2/models/digits', batchable: true, why: 'max_batch_size', maxRows: 8, slots: 2 }];
  expect(reportBatching(config, { metrics: batch, refused, limits })).toEqual({
    policy: 'adaptive',
    maxRows: 8,
    maxLatencyMs: 5000,
    waiting: { rows: 7, bytes: 90 },
    keys: 1,
    refused: { rows: 2, bytes: 0, keys: 0 },
    models: {
      digits: {
        requests: 7,
        batches: 2,
        rows: 11,
        rowsPerBatch: 5.5,
        requestsPerBatch: 3.5,
        waitMsMean: 3,
        upstreamMsMean: 5.5,
        overheadMs: 4,
        rowMs: 0.25,
        slots: 2,
        gain: 2.795, // (7 calls of 4 ms + 11 rows of 0.25 ms) / 11 ms
        flushes: { full: 1, idle: 1 },
        passed: { shape: 4 },
        withdrawn: 2,
        reruns: 3,
        quarantines: 1,
      },
    },
    limits,
  });
});

test('a model that sent no batch yet has nulls, not zeros that look like figures', () => {
  const { batching: batch, batchRefused: refused } = openMetrics();
  batch.model('digits').passed('shape').add();
  expect(reportBatching(config, { metrics: batch, refused, limits: [] })?.models.digits).toMatchObject({
    batches: 0,
    rowsPerBatch: null,
    waitMsMean: null,
    overheadMs: null,
    slots: null,
    gain: null,
    passed: { shape: 1 },
  });
});

test('a model may have any name', () => {
  const { batching: batch, batchRefused: refused } = openMetrics();
  batch.model('__proto__');
  const report = JSON.stringify(reportBatching(config, { metrics: batch, refused, limits: [] })?.models);
  expect(report).toMatch(/^\{"__proto__":\{/);
});

test('/status asks for what the runtime said, where somebody knows it', async () => {
  const source = {
    version: '1',
    startedAtMs: 0,
    config: { effective: {}, notices: [], batcher: config, logger: null },
    readiness: () => Promise.resolve({ ready: true, reasons: [] }),
    drainState: () => 'serving',
  };
  const limits = [{ modelPath: '/v2/models/m', batchable: false, why: 'it keeps state', maxRows: null, slots: null }];
  const [without, told] = await Promise.all([
    readStatus(source, openMetrics()),
    readStatus({ ...source, batcherLimits: () => limits }, openMetrics()),
  ]);
  expect([without.batching?.limits, told.batching?.limits]).toEqual([[], limits]);
});
