// Does each figure of the puller stand under its name, from the start, and is no model ever a label?
import { expect, test } from 'vitest';
import { openMetrics } from '../src/metrics.ts';
import { ModelMetrics } from '../src/model-metrics.ts';
import { modelStates } from '../src/model-report.ts';

function valuesOf(metrics: ModelMetrics, name: string): Record<string, number> {
  const samples = metrics.instruments.find((instrument) => instrument.name === name)?.samples() ?? [];
  return Object.fromEntries(
    [...samples].map(({ suffix, labels, value }) => [`${Object.values(labels).join(' ')}${suffix}`, value]),
  );
}

test('its instruments are on the page of the agent', () => {
  const metrics = openMetrics();
  expect(metrics.models.instruments.length).toBeGreaterThan(10);
  for (const instrument of metrics.models.instruments) expect(metrics.instruments).toContain(instrument);
});

test('every series is there from the start with 0, and no label could name a model', () => {
  const { instruments } = new ModelMetrics();
  for (const instrument of instruments) {
    const samples = [...instrument.samples()];
    expect(samples.length, instrument.name).toBeGreaterThan(0);
    expect(new Set(samples.map(({ value }) => value))).toEqual(new Set([0]));
    for (const label of instrument.labels) expect(['state', 'result', 'from', 'outcome']).toContain(label);
  }
});

test('models count by state, each state a series', () => {
  const metrics = new ModelMetrics();
  metrics.states.ready.set(12);
  metrics.states.failed.add();
  const values = valuesOf(metrics, 'outrigger_models');
  expect(Object.keys(values)).toEqual(modelStates);
  expect(values).toMatchObject({ ready: 12, failed: 1, idle: 0 });
});

test('a pull counts by how it ended; time and bytes are those of pulls that went well', () => {
  const metrics = new ModelMetrics();
  metrics.pulled('ok', { seconds: 2, bytes: 100 });
  metrics.pulled('ok', { seconds: 0.5, bytes: 0 });
  metrics.pulled('failed', null);
  metrics.pulled('cancelled', null);
  expect(valuesOf(metrics, 'outrigger_model_pulls_total')).toEqual({ ok: 2, failed: 1, cancelled: 1 });
  expect(valuesOf(metrics, 'outrigger_model_pulled_bytes_total')).toEqual({ '': 100 });
  expect(valuesOf(metrics, 'outrigger_model_pull_duration_seconds')).toMatchObject({
    _count: 2,
    _sum: 2.5,
    '0.25_bucket': 0,
    '0.5_bucket': 1,
    '2.5_bucket': 2,
  });
});

test('loads and unloads count apart, with the time of loads that went well', () => {
  const metrics = new ModelMetrics();
  metrics.loaded('ok', 0.2);
  metrics.loaded('failed', null);
  metrics.unloaded('ok');
  metrics.unloaded('failed');
  metrics.unloaded('failed');
  expect(valuesOf(metrics, 'outrigger_model_loads_total')).toEqual({ ok: 1, failed: 1 });
  expect(valuesOf(metrics, 'outrigger_model_unloads_total')).toEqual({ ok: 1, failed: 2 });
  expect(valuesOf(metrics, 'outrigger_model_load_duration_seconds')).toMatchObject({ _count: 1, _sum: 0.2 });
});

test('the other cells each stand under their own name', () => {
  const metrics = new ModelMetrics();
  const { fileReads, evictions, requests } = metrics;
  const cells = {
    outrigger_models_settled: metrics.settled,
    outrigger_models_file_refused: metrics.fileRefused,
    outrigger_runtime_up: metrics.runtimeUp,
    outrigger_runtime_restarts_total: metrics.runtimeRestarts,
    outrigger_models_waiting: metrics.waiting,
    outrigger_model_memory_bytes: metrics.memoryBytes,
    outrigger_model_disk_bytes: metrics.diskBytes,
  };
  for (const [at, cell] of Object.values(cells).entries()) cell.add(at + 1);
  for (const [at, name] of Object.keys(cells).entries()) expect(valuesOf(metrics, name), name).toEqual({ '': at + 1 });
  fileReads.broken.add();
  evictions.disk.add(2);
  requests.woken.add(3);
  expect(valuesOf(metrics, 'outrigger_models_file_reads_total')).toEqual({ ok: 0, broken: 1 });
  expect(valuesOf(metrics, 'outrigger_model_evictions_total')).toEqual({ memory: 0, disk: 2 });
  expect(valuesOf(metrics, 'outrigger_model_requests_total')).toMatchObject({ served: 0, woken: 3, gone: 0 });
});
