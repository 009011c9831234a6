// Does the traffic of /status add up to what was recorded, over all protocols, models and methods?
import { expect, test } from 'vitest';
import { type ExchangeRecord, openMetrics } from '../../src/metrics.ts';
import { reportTraffic } from '../../src/ops/traffic-status.ts';

const exchange: ExchangeRecord = {
  protocol: 'http1',
  method: 'POST',
  path: '/v2/models/digits/infer',
  status: 200,
  totalMs: 3,
  requestBytes: 100,
  responseBytes: 10,
};

test('nothing was there: zeros, and a bucket for each bound and one beyond', () => {
  const report = reportTraffic(openMetrics(), { relays: false });
  expect(report).toMatchObject({
    requests: { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, other: 0 },
    byProtocol: { http1: 0, http2: 0, grpc: 0 },
    relayedGrpc: null,
    bodyBytes: { request: 0, response: 0 },
    errors: {},
  });
  for (const { bounds, counts, sum, count } of [report.requestSeconds, report.upstreamSeconds]) {
    expect([bounds[0], bounds.at(-1), sum, count]).toEqual([0.0005, 300, 0, 0]);
    expect(counts).toEqual(Array(bounds.length + 1).fill(0));
  }
});

test('requests are summed over protocols, methods and models, bytes over protocols', () => {
  const metrics = openMetrics({ maxModels: 1 });
  metrics.recordExchange(exchange);
  metrics.recordExchange({ ...exchange, protocol: 'http2', path: '/v2/models/other/infer' });
  metrics.recordExchange({ ...exchange, protocol: 'grpc', method: 'GET', path: '/a.B/C' });
  for (const status of [101, 304, 404, 499, 503, 700]) metrics.recordExchange({ ...exchange, status });
  const { requests, byProtocol, bodyBytes } = reportTraffic(metrics, { relays: false });
  expect(requests).toEqual({ '1xx': 1, '2xx': 3, '3xx': 1, '4xx': 2, '5xx': 1, other: 1 });
  expect(byProtocol).toEqual({ http1: 7, http2: 1, grpc: 1 });
  expect(bodyBytes).toEqual({ request: 900, response: 90 });
});

test('times are in seconds, each in one bucket whatever its protocol, those beyond all bounds in the last', () => {
  const metrics = openMetrics();
  for (const totalMs of [0.5, 3, 400_000]) metrics.recordExchange({ ...exchange, totalMs });
  metrics.recordExchange({ ...exchange, protocol: 'grpc', totalMs: 4 });
  metrics.upstreamSeconds('http2').observe(2);
  const { requestSeconds, upstreamSeconds } = reportTraffic(metrics, { relays: false });
  const counted = requestSeconds.counts.flatMap((count, at) => (count > 0 ? [[requestSeconds.bounds[at], count]] : []));
  expect(counted).toEqual([
    [0.0005, 1],
    [0.005, 2],
    [undefined, 1],
  ]);
  expect(requestSeconds.count).toBe(4);
  expect(requestSeconds.sum).toBeCloseTo(400.0075);
  expect(upstreamSeconds).toMatchObject({ sum: 2, count: 1 });
});

test('a fault is told by its code once it came up, and relayed connections while gRPC has its lane', () => {
  const metrics = openMetrics();
  metrics.errors('UPSTREAM_TIMEOUT').add(2);
  metrics.lane('http2_relay').add(3);
  const { errors, relayedGrpc } = reportTraffic(metrics, { relays: true });
  expect([errors, relayedGrpc]).toEqual([{ UPSTREAM_TIMEOUT: 2 }, 3]);
});
