// Is what a scraper gets valid Prometheus text, with our figures, the process's, and nothing misleading?
import { expect, test } from 'vitest';
import { openMetrics } from '../../src/metrics.ts';
import { openExposition } from '../../src/ops/exposition.ts';
import { readExposition } from './exposition-reader.ts';

test('a strict reader accepts the page, before and after traffic with odd names', async () => {
  const metrics = openMetrics({ version: '1.2.3' });
  const exposition = openExposition(metrics.instruments);
  readExposition(await exposition.render());
  for (const path of [
    '/v2/models/a\\b/infer',
    '/v2/models/a"b/infer',
    '/v1/models/x%0Ay:predict',
    '/v2/models/ok/infer',
  ]) {
    metrics.recordExchange({
      protocol: 'http2',
      method: 'POST',
      path,
      status: 200,
      totalMs: 12,
      requestBytes: 5,
      responseBytes: 6,
    });
  }
  const families = readExposition(await exposition.render());
  const requests = families.get('outrigger_requests_total')?.series ?? [];
  expect(requests.map(({ labels, value }) => [labels.model, value])).toEqual([
    ['other', 3],
    ['ok', 1],
  ]);
});

test('every declared metric is on the page with its type and help, and all but those of models and sinks have a value from the start', async () => {
  const { instruments } = openMetrics();
  const families = readExposition(await openExposition(instruments).render());
  for (const { name, type, help, labels } of instruments) {
    expect(families.get(name)).toMatchObject({ type, help });
    if (!labels.includes('model') && !labels.includes('sink'))
      expect(families.get(name)?.series.length, name).toBeGreaterThan(0);
  }
  expect(families.get('outrigger_build_info')?.series[0]?.labels).toEqual({
    version: '',
    node_version: process.version,
  });
});

test('the figures of the process are there, and the lag that would be its own period is not', async () => {
  const families = readExposition(await openExposition([]).render());
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'process_open_fds']) {
    expect(families.get(name)?.series[0]?.value, name).toBeGreaterThan(0);
  }
  expect([...families.keys()].filter((name) => name.includes('eventloop_lag'))).toEqual([]);
});

test('two expositions in one process do not share a registry', async () => {
  const [first, second] = [openMetrics(), openMetrics()];
  first.tunnels.set(3);
  const families = readExposition(await openExposition(second.instruments).render());
  expect(families.get('outrigger_tunnels')?.series[0]?.value).toBe(0);
});
