// Does the operator's port tell of models what the puller reports, also of thousands?
import { expect, test } from 'vitest';
import { openMetrics } from '../../src/metrics.ts';
import type { ModelReport, ModelState, ModelsReport, ModelsSummary } from '../../src/model-report.ts';
import { modelStates } from '../../src/model-report.ts';
import { openPages } from '../../src/ops/pages.ts';
import type { StatusSource } from '../../src/ops/status.ts';

const zeros = Object.fromEntries(modelStates.map((state) => [state, 0])) as Record<ModelState, number>;

function modelOf(name: string): ModelReport {
  const failure = {
    code: 'MODEL_LOAD_FAILED',
    reason: 'no\n"room"',
    attempts: 3,
    nextTryAt: '2026-01-01T00:00:00.000Z',
  };
  const download = { doneBytes: 1, totalBytes: null, bytesPerSecond: 2.5, etaSeconds: null };
  const uri = `s3://models/${name}`;
  return { name, state: 'failed', serving: false, uri, version: null, download, memoryBytes: 1, diskBytes: 0, failure };
}

function reportOf(list: readonly ModelReport[]): ModelsReport {
  return {
    file: { path: '/mnt/configs/models.json', readAt: null, problem: 'it is broken' },
    settled: true,
    runtime: { up: true, restarts: 2 },
    counts: { ...zeros, failed: list.length },
    memory: { usedBytes: 1, budgetBytes: 2 },
    disk: null,
    waiting: 4,
    list,
  };
}

/** `report`: makes the whole of it. */
function pagesOf(report: (() => ModelsReport) | null) {
  const models = report === null ? null : { report, summary: () => summaryOf(report()) };
  const status: StatusSource = {
    version: '1.2.3',
    startedAtMs: Date.now(),
    config: { effective: {}, notices: [], batcher: null, logger: null },
    readiness: () => Promise.resolve({ ready: true, reasons: [] }),
    drainState: () => 'serving',
    models,
  };
  const pages = openPages({ metrics: openMetrics(), status });
  return (path: string, query = '') => pages.get(path)!.answer(new URLSearchParams(query));
}

function summaryOf({ list: _, ...summary }: ModelsReport): ModelsSummary {
  return summary;
}

test.each([0, 1, 3])('/models has the report of %i models, each on a line of its own', async (count) => {
  const report = reportOf(Array.from({ length: count }, (_, at) => modelOf(`m${at}`)));
  const answer = await pagesOf(() => report)('/models');
  expect([answer.status, answer.contentType]).toEqual([200, 'application/json']);
  expect(JSON.parse(answer.body)).toEqual(report);
  expect(answer.body.split('\n').filter((line) => line.includes('"name":'))).toHaveLength(count);
});

test('/status has the same report, and without its list when brief', async () => {
  const report = reportOf([modelOf('digits')]);
  const pages = pagesOf(() => report);
  const { body } = await pages('/status');
  const { body: brief } = await pages('/status', 'brief');
  expect(JSON.parse(body).models).toEqual(report);
  expect(JSON.parse(brief).models).toEqual(summaryOf(report));
});

test('without a puller /models says how to have one, and /status has null', async () => {
  const pages = pagesOf(null);
  const { status, body } = await pages('/models');
  expect([status, JSON.parse(body).error]).toEqual([404, expect.stringContaining('--enable-puller')]);
  expect(JSON.parse((await pages('/status')).body).models).toBeNull();
  expect(JSON.parse((await pages('/status', 'brief')).body).models).toBeNull();
});

test('the report is made when somebody looks', async () => {
  let looks = 0;
  const pages = pagesOf(() => {
    looks += 1;
    return reportOf([]);
  });
  await pages('/metrics');
  await pages('/readyz');
  expect(looks).toBe(0);
  await pages('/models');
  expect(looks).toBe(1);
});
