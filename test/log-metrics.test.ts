// Does a sink's account add up at every moment, and does each figure stand under its name?
import { expect, test } from 'vitest';
import { LogMetrics } from '../src/log-metrics.ts';
import { openMetrics } from '../src/metrics.ts';

function valuesOf(metrics: LogMetrics, name: string): Record<string, number> {
  const samples = metrics.instruments.find((instrument) => instrument.name === name)?.samples() ?? [];
  return Object.fromEntries(
    [...samples].map(({ suffix, labels, value }) => [`${Object.values(labels).join(' ')}${suffix}`, value]),
  );
}

test('its instruments are on the page of the agent', () => {
  const metrics = openMetrics();
  for (const instrument of metrics.logging.instruments) expect(metrics.instruments).toContain(instrument);
});

test('an event counts as queued from when it was received until it ends, once, by what became of it', () => {
  const metrics = new LogMetrics();
  const [sink, other] = [metrics.sink('http://a/'), metrics.sink('http://b/')];
  const endings = ['delivered', 'dead_lettered', 'queue_full', 'queue_full', 'shutdown'];
  for (const _ of endings) sink.received('request');
  other.received('response');
  for (const [ended, ending] of endings.entries()) {
    expect([sink.queued.value, other.queued.value]).toEqual([endings.length - ended, 1]);
    expect(valuesOf(metrics, 'kserve_logger_work_queue_depth')).toEqual({ '': endings.length - ended + 1 });
    sink.ended('request', ending, 10);
    const { received, delivered, deadLettered, dropped } = sink.totals;
    expect(delivered + deadLettered + dropped + sink.queued.value).toBe(received);
  }
  expect(sink.totals).toEqual({ received: 5, delivered: 1, deadLettered: 1, dropped: 3 });
  expect(other.totals).toEqual({ received: 1, delivered: 0, deadLettered: 0, dropped: 0 });
  expect([...sink.drops].map(([reason, { value }]) => [reason, value])).toEqual([
    ['queue_full', 2],
    ['shutdown', 1],
  ]);
});

test('the names of KServe hold the sums of all sinks, ours each sink', () => {
  const metrics = new LogMetrics();
  for (const label of ['http://a/', 'http://b/']) {
    const sink = metrics.sink(label);
    for (const _ of [1, 2, 3]) sink.received('exchange');
    sink.ended('exchange', 'delivered', 10);
    sink.ended('exchange', 'too_large', 99);
    sink.failed('exchange');
  }
  expect(valuesOf(metrics, 'kserve_logger_events_sent_total')).toEqual({ request: 0, response: 0, exchange: 2 });
  expect(valuesOf(metrics, 'kserve_logger_events_dropped_total')).toMatchObject({ exchange: 2 });
  expect(valuesOf(metrics, 'kserve_logger_events_failed_total')).toMatchObject({ exchange: 2 });
  expect(valuesOf(metrics, 'outrigger_log_events_dropped_total')).toEqual({
    'http://a/ too_large': 1,
    'http://b/ too_large': 1,
  });
  expect(valuesOf(metrics, 'outrigger_log_delivered_bytes_total')).toEqual({ 'http://a/': 10, 'http://b/': 10 });
});

test('a sink has one account, whoever asks for it', () => {
  const metrics = new LogMetrics();
  expect(metrics.sink('http://a/')).toBe(metrics.sink('http://a/'));
});
