import { expect, test } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import { openMetrics } from '../../src/metrics.ts';
import { type LogSinkState, reportLogging } from '../../src/ops/logging-status.ts';

const flags = [
  '--log-url=http://user:secret@sink/?key=secret',
  '--log-spool-dir=/var/spool/events',
  '--log-format=batched',
];
const { logger: config } = readConfig({ argv: flags, env: {} });

const state: LogSinkState = {
  sink: 'http://sink/',
  healthy: false,
  circuit: 'open',
  lastError: { atMs: 1000, message: '503' },
  lastDeliveryMs: null,
  queued: 1,
  queuedBytes: 1500,
  oldestSeconds: 2.5,
};

test('nothing is told of logging that is off', () => {
  expect(reportLogging(null, { metrics: openMetrics().logging, sinks: [] })).toBeNull();
});

test('each sink shows its health and an account that adds up', () => {
  const metrics = openMetrics().logging;
  const account = metrics.sink(state.sink);
  for (let i = 0; i < 6; i += 1) account.received(i % 2 === 0 ? 'request' : 'response');
  account.ended('request', 'delivered', 10);
  account.ended('response', 'delivered', 10);
  account.ended('request', 'dead_lettered', 10);
  account.ended('response', 'queue_full', 10);
  account.ended('request', 'queue_full', 10);
  account.retries.add(3);
  metrics.spoolBytes.set(77);
  expect(reportLogging(config, { metrics, sinks: [state] })).toEqual({
    mode: 'all',
    format: 'batched',
    spool: { dir: '/var/spool/events', bytes: 77, maxBytes: 1024 ** 3 },
    sinks: [
      {
        sink: 'http://sink/',
        healthy: false,
        circuit: 'open',
        lastError: { at: '1970-01-01T00:00:01.000Z', message: '503' },
        lastDelivery: null,
        received: 6,
        delivered: 2,
        deadLettered: 1,
        queued: 1,
        queuedBytes: 1500,
        oldestSeconds: 2.5,
        retries: 3,
        dropped: { queue_full: 2 },
      },
    ],
  });
  expect(account.queued.value).toBe(1);
});

test("no report holds what is secret in a sink's URL", () => {
  expect(config?.sinks.map(({ label }) => label)).toEqual(['http://sink/']);
});
