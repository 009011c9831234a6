// Does each figure of a batch count at its model, do labels stay bounded whatever clients send, and is the gain what it says?
import { expect, test } from 'vitest';
import { BatchMetrics } from '../src/batch-metrics.ts';
import { openMetrics } from '../src/metrics.ts';

function valuesOf({ instruments }: Pick<BatchMetrics, 'instruments'>, name: string): Record<string, number> {
  const samples = instruments.find((instrument) => instrument.name === name)?.samples() ?? [];
  return Object.fromEntries(
    [...samples].map(({ suffix, labels, value }) => [`${Object.values(labels).join(' ')}${suffix}`, value]),
  );
}

test('its instruments are on the page of the agent', () => {
  const metrics = openMetrics();
  for (const instrument of metrics.batching.instruments) expect(metrics.instruments).toContain(instrument);
  expect(valuesOf(metrics, 'outrigger_refusals_total')).toMatchObject({ batch_rows: 0, batch_bytes: 0, batch_keys: 0 });
});

test('what was turned away counts by the bound that was reached', () => {
  const metrics = openMetrics();
  metrics.batchRefused.rows.add();
  metrics.batchRefused.bytes.add(2);
  metrics.batchRefused.keys.add(3);
  expect(valuesOf(metrics, 'outrigger_refusals_total')).toMatchObject({ batch_rows: 1, batch_bytes: 2, batch_keys: 3 });
});

test('each cell of a model adds to the series of its own name', () => {
  const batch = new BatchMetrics(2);
  const digits = batch.model('digits');
  digits.rows.observe(12);
  digits.requests.observe(5);
  digits.waitSeconds.observe(0.002);
  digits.upstreamSeconds.observe(0.5);
  for (const [index, cell] of [digits.reruns, digits.quarantines, digits.withdrawn].entries()) cell.add(index + 1);
  expect(valuesOf(batch, 'outrigger_batch_rows')).toMatchObject({ digits_sum: 12, 'digits 8_bucket': 0 });
  expect(valuesOf(batch, 'outrigger_batch_rows')).toMatchObject({ 'digits 12_bucket': 1, digits_count: 1 });
  expect(valuesOf(batch, 'outrigger_batch_requests')).toMatchObject({ digits_sum: 5 });
  expect(valuesOf(batch, 'outrigger_batch_wait_seconds')).toMatchObject({ digits_sum: 0.002 });
  expect(valuesOf(batch, 'outrigger_batch_upstream_seconds')).toMatchObject({
    digits_sum: 0.5,
    'digits 0.5_bucket': 1,
  });
  expect(valuesOf(batch, 'outrigger_batch_reruns_total')).toEqual({ digits: 1 });
  expect(valuesOf(batch, 'outrigger_batch_quarantines_total')).toEqual({ digits: 2 });
  expect(valuesOf(batch, 'outrigger_batch_withdrawn_total')).toEqual({ digits: 3 });
});

test('flushes and passes count by model and reason, and the same reason is the same cell', () => {
  const batch = new BatchMetrics(2);
  const digits = batch.model('digits');
  digits.flushed('full').add();
  digits.flushed('full').add();
  digits.passed('shape').add(3);
  batch.model('other-one').passed('shape').add();
  expect(digits.flushed('full')).toBe(digits.flushed('full'));
  expect(valuesOf(batch, 'outrigger_batch_flushes_total')).toEqual({ 'digits full': 2 });
  expect(valuesOf(batch, 'outrigger_batch_passed_total')).toEqual({ 'digits shape': 3, 'other-one shape': 1 });
});

test('what waits is there from the start, without any model', () => {
  const batch = new BatchMetrics(2);
  batch.waiting.rows.add(7);
  batch.waiting.bytes.add(80);
  batch.waiting.keys.add(2);
  expect(valuesOf(batch, 'outrigger_batch_waiting_rows')).toEqual({ '': 7 });
  expect(valuesOf(batch, 'outrigger_batch_waiting_bytes')).toEqual({ '': 80 });
  expect(valuesOf(batch, 'outrigger_batch_keys')).toEqual({ '': 2 });
});

test('the gain is the time one by one over the time in batches, of all batches so far', () => {
  const batch = new BatchMetrics(2);
  const digits = batch.model('digits');
  const fit = { overheadMs: 4, rowMs: 0.5, slots: 2 };
  digits.fitted(fit, { requests: 8, rows: 16, upstreamMs: 10 }); // 40 ms one by one
  expect(digits.gainRatio.value).toBe(4);
  digits.fitted(fit, { requests: 1, rows: 2, upstreamMs: 6 }); // 5 ms, and a slow call
  expect(digits.gainRatio.value).toBeCloseTo(45 / 16);
  expect([digits.overheadSeconds.value, digits.rowSeconds.value, digits.slots.value]).toEqual([0.004, 0.0005, 2]);
});

test('a batch that took no measurable time leaves the gain a number', () => {
  const digits = new BatchMetrics(2).model('digits');
  digits.fitted({ overheadMs: 0, rowMs: 0, slots: 1 }, { requests: 1, rows: 1, upstreamMs: 0 });
  expect(digits.gainRatio.value).toBe(0);
});

test('models beyond the bound share the cells of "other", which takes no place of theirs', () => {
  const batch = new BatchMetrics(2);
  const other = batch.modelIfKnown('made-up');
  const [first, second] = [batch.model('a'), batch.model('b')];
  expect(batch.model('c')).toBe(other);
  expect([other.label, first.label, second.label]).toEqual(['other', 'a', 'b']);
  expect([batch.model('a'), batch.model('b'), batch.model('other')]).toEqual([first, second, other]);
  expect([...batch.models]).toEqual([other, first, second]);
});

test('a name that a client made up opens no label, a model that is known keeps its own', () => {
  const batch = new BatchMetrics(2);
  const digits = batch.model('digits');
  for (let index = 0; index < 50; index++) batch.modelIfKnown(`scan-${index}`).passed('malformed').add();
  expect(batch.modelIfKnown('digits')).toBe(digits);
  expect([...batch.models].map(({ label }) => label)).toEqual(['digits', 'other']);
  expect(valuesOf(batch, 'outrigger_batch_passed_total')).toEqual({ 'other malformed': 50 });
});

test('names like those of Object.prototype are names', () => {
  const batch = new BatchMetrics(3);
  for (const name of ['__proto__', 'constructor', 'toString']) batch.model(name).passed('__proto__').add();
  expect([...batch.models].map(({ label }) => label)).toEqual(['__proto__', 'constructor', 'toString']);
});
