// Are all metrics named outrigger_<noun>_<unit>, or as KServe names its logger's, does each exchange count where it belongs, and do labels stay bounded whatever clients send?
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { errorCodes } from '../src/errors.ts';
import { type ExchangeRecord, type Metrics, openMetrics } from '../src/metrics.ts';
import { renderMetricsTable } from '../src/ops/metrics-table.ts';

const exchange: ExchangeRecord = {
  protocol: 'http1',
  method: 'POST',
  path: '/v2/models/digits/infer',
  status: 200,
  totalMs: 2,
  requestBytes: 10,
  responseBytes: 20,
};

function requestSeries(metrics: Metrics): Record<string, string>[] {
  const requests = metrics.instruments.find(({ name }) => name === 'outrigger_requests_total');
  return [...(requests?.samples() ?? [])].map(({ labels, value }) => ({ ...labels, value: String(value) }));
}

function modelOf(path: string): string | undefined {
  const metrics = openMetrics();
  metrics.recordExchange({ ...exchange, path });
  return requestSeries(metrics)[0]?.model;
}

test('every metric is named outrigger_<noun>_<unit>[_total] or kserve_logger_…, has a help sentence, and no name is used twice', () => {
  const { instruments } = openMetrics();
  expect(new Set(instruments.map(({ name }) => name)).size).toBe(instruments.length);
  for (const { name, type, labels, help } of instruments) {
    expect(name).toMatch(/^(outrigger|kserve_logger)(_[a-z]+)+$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    if (type === 'histogram') expect(name).toMatch(/_(seconds|rows|requests)$/);
    expect(name).not.toMatch(/_(ms|milliseconds|kb|percent)(_|$)/);
    for (const label of labels) expect(label).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(help).toMatch(/\.$/);
  }
});

test('one family is never the prefix of another kind, so that OpenMetrics readers can tell them apart', () => {
  const families = openMetrics().instruments.map(({ name }) => name.replace(/_total$/, ''));
  expect(new Set(families).size).toBe(families.length);
});

test('an exchange counts once by protocol, method, status class and model, with its time and bytes', () => {
  const metrics = openMetrics();
  metrics.recordExchange(exchange);
  metrics.recordExchange({ ...exchange, totalMs: 3 });
  metrics.recordExchange({ ...exchange, protocol: 'grpc', path: '/inference.GRPCInferenceService/ModelInfer' });
  expect(requestSeries(metrics)).toEqual([
    { protocol: 'http1', method: 'POST', status: '2xx', model: 'digits', value: '2' },
    { protocol: 'grpc', method: 'POST', status: '2xx', model: '', value: '1' },
  ]);
  expect(metrics.requestSeconds('http1').count).toBe(2);
  expect(metrics.requestSeconds('http1').sum).toBeCloseTo(0.005);
  const bytes = metrics.instruments.find(({ name }) => name === 'outrigger_body_bytes_total');
  expect([...(bytes?.samples() ?? [])]).toContainEqual({
    suffix: '',
    labels: { protocol: 'http1', direction: 'response' },
    value: 40,
  });
});

test.each([
  ['/v2/models/digits/infer', 'digits'],
  ['/v2/models/digits', 'digits'],
  ['/v2/models/digits/versions/3/infer?trace=1', 'digits'],
  ['/v2/repository/models/digits/load', 'digits'],
  ['/v1/models/digits:predict', 'digits'],
  ['/v1/models/digits', 'digits'],
  ['/v1/models/org%2Fname%3Atag:explain', 'org/name:tag'],
  ['/v2/models/a%20b/infer', 'a b'],
  ['/v2/models', ''],
  ['/v2/models/', ''],
  ['/v2/models/stats', ''],
  ['/v2/health/ready', ''],
  ['/', ''],
  ['*', ''],
  ['', ''],
  ['/other?next=/v2/models/digits', ''],
  ['/v2/models/%zz/infer', 'other'],
  ['/v2/models/a%00b/infer', 'other'],
  ['/v2/models/a%0Ab/infer', 'other'],
  ['/v2/models/a%22b/infer', 'other'],
  [`/v2/models/${'a'.repeat(129)}/infer`, 'other'],
  [`/v2/models/${'a'.repeat(128)}/infer`, 'a'.repeat(128)],
  [`/v2/models/digits/infer?${'q'.repeat(4000)}`, 'digits'],
])('the path %s counts for the model %j', (path, model) => {
  expect(modelOf(path)).toBe(model);
});

test('the usual methods and status classes each have their label', () => {
  const metrics = openMetrics();
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
  for (const method of methods) metrics.recordExchange({ ...exchange, method });
  for (const status of [101, 204, 302, 404, 503])
    metrics.recordExchange({ ...exchange, path: '/', method: 'GET', status });
  const series = requestSeries(metrics);
  expect(series.slice(0, 7).map(({ method }) => method)).toEqual(methods);
  expect(series.slice(7).map(({ status }) => status)).toEqual(['1xx', '2xx', '3xx', '4xx', '5xx']);
});

test('unknown methods and statuses share a label', () => {
  const metrics = openMetrics();
  for (const method of ['PROPFIND', 'get', '']) metrics.recordExchange({ ...exchange, method });
  for (const status of [0, 99, 600, 999]) metrics.recordExchange({ ...exchange, status });
  expect(requestSeries(metrics)).toEqual([
    { protocol: 'http1', method: 'other', status: '2xx', model: 'digits', value: '3' },
    { protocol: 'http1', method: 'POST', status: 'other', model: 'digits', value: '4' },
  ]);
});

test('a scan of made-up models does not use up the labels of the real ones', () => {
  const metrics = openMetrics({ maxModels: 2 });
  for (let index = 0; index < 50; index += 1) {
    metrics.recordExchange({ ...exchange, path: `/v2/models/made-up-${index}/infer`, status: 404 });
  }
  metrics.recordExchange(exchange);
  metrics.recordExchange({ ...exchange, status: 400 });
  const models = requestSeries(metrics).map(({ model, status, value }) => `${model} ${status} ${value}`);
  expect(models).toEqual(['other 4xx 50', 'digits 2xx 1', 'digits 4xx 1']);
});

test('whatever clients send, the series stay bounded and nothing is lost from the sum', () => {
  const maxModels = 5;
  const segment = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('v1', 'v2', 'models', '%', '..'),
  );
  const path = fc.oneof(
    fc.array(segment, { maxLength: 6 }).map((segments) => `/${segments.join('/')}`),
    segment.map((name) => `/v2/models/${name}/infer`),
    segment.map((name) => `/v1/models/${encodeURIComponent(name.toWellFormed())}:predict`),
  );
  const method = fc.oneof(fc.string(), fc.constantFrom('GET', 'POST', '__proto__'));
  const protocol = fc.constantFrom('http1', 'http2', 'grpc');
  const records = fc.array(fc.record({ protocol, path, method, status: fc.integer({ min: 0, max: 999 }) }), {
    minLength: 50,
    maxLength: 200,
  });
  const property = fc.property(records, (sent) => {
    const metrics = openMetrics({ maxModels });
    for (const record of sent) metrics.recordExchange({ ...exchange, ...record } as ExchangeRecord);
    const series = requestSeries(metrics);
    const models = new Set(series.map(({ model }) => model));
    expect(models.size).toBeLessThanOrEqual(maxModels + 2); // and "" and "other"
    for (const model of models) expect(model).toMatch(/^[ -~]{0,128}$/);
    expect(series.reduce((total, { value }) => total + Number(value), 0)).toBe(sent.length);
  });
  fc.assert(property, { numRuns: 50 }); // prints its seed when it fails
});

test('more paths than the cache holds count as well as few', () => {
  const metrics = openMetrics();
  for (let index = 0; index < 2500; index += 1) {
    metrics.recordExchange({ ...exchange, path: `/v2/models/digits/versions/${index}/infer` });
  }
  expect(requestSeries(metrics)).toEqual([
    { protocol: 'http1', method: 'POST', status: '2xx', model: 'digits', value: '2500' },
  ]);
});

test('every error code has its counter from the start', () => {
  const metrics = openMetrics();
  for (const code of errorCodes) metrics.errors(code).add();
  const errors = metrics.instruments.find(({ name }) => name === 'outrigger_errors_total');
  expect([...(errors?.samples() ?? [])].map(({ labels, value }) => [labels.code, value])).toEqual(
    errorCodes.map((code) => [code, 1]),
  );
});

test('the cells of parts that are told apart by a label are different ones', () => {
  const metrics = openMetrics();
  const cells = [
    metrics.connections('http1'),
    metrics.connections('http2'),
    metrics.upstreamConnections.busy,
    metrics.upstreamConnections.idle,
    metrics.upstreamConnects('ok'),
    metrics.upstreamConnects('failed'),
    metrics.upstreamSeconds('http1'),
    metrics.upstreamSeconds('grpc'),
    metrics.requestSeconds('http1'),
    metrics.probes('kubelet'),
    metrics.probes('queue'),
    metrics.probes('network'),
    metrics.queueRefused,
    metrics.connectionsRefused,
  ];
  expect(new Set(cells).size).toBe(cells.length);
});

test('the table of the README has one row for each metric', () => {
  const metrics = openMetrics();
  const table = renderMetricsTable(metrics);
  const rows = table.trimEnd().split('\n').slice(2);
  expect(rows.map((row) => /^\| `([a-z_]+)` \|/.exec(row)?.[1])).toEqual(metrics.instruments.map(({ name }) => name));
  expect(table).toContain('| `outrigger_requests_total` | counter | `protocol`, `method`, `status`, `model` |');
});
