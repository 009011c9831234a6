// What an operator sees of the log: the names of kserve PR #6190, our own figures, each sink's health on /status, over the real port.
import { expect, it } from 'vitest';
import { freePorts } from '../../support/free-ports.ts';
import { type Logging, post, startLogging } from './logging.ts';
import { openSink, type Sink, status } from './sink.ts';

const patient = { interval: 5 };

async function startSeen(sinks: readonly Sink[], flags: readonly string[] = []) {
  const [opsPort] = await freePorts(1);
  const logging = await startLogging({ sinks, flags: [...flags, '--metrics-port', String(opsPort)] });
  const page = async (path: string) => (await fetch(`http://127.0.0.1:${opsPort}${path}`)).text();
  return { ...logging, page };
}

async function exchanges({ send }: Pick<Logging, 'send'>, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent++) await send(post('{"x":1}'));
}

/** Values of a metric's series, by their labels as they stand on the page. */
function series(page: string, name: string): Record<string, number> {
  const lines = page.matchAll(new RegExp(`^${name}(\\{[^}]*\\})? (\\S+)$`, 'gm'));
  return Object.fromEntries([...lines].map(([, labels = '', value]) => [labels, Number(value)]));
}

it('the metrics of KServe by their names and types', async () => {
  const sink = await openSink();
  const logging = await startSeen([sink]);
  await exchanges(logging, 3);
  await logging.events(6);
  const page = await logging.page('/metrics');
  const types = {
    kserve_logger_events_sent_total: 'counter',
    kserve_logger_events_failed_total: 'counter',
    kserve_logger_events_dropped_total: 'counter',
    kserve_logger_delivery_duration_seconds: 'histogram',
    kserve_logger_work_queue_depth: 'gauge',
  };
  for (const [name, type] of Object.entries(types)) expect(page).toContain(`# TYPE ${name} ${type}\n`);
  expect(series(page, 'kserve_logger_events_sent_total')).toMatchObject({
    '{type="request"}': 3,
    '{type="response"}': 3,
  });
  expect(series(page, 'kserve_logger_delivery_duration_seconds_count')).toEqual({ '': 6 });
  expect(series(page, 'kserve_logger_work_queue_depth')).toEqual({ '': 0 });
});

it('what waits: events, bytes, the age of the oldest; what was tried again; what was delivered', async () => {
  const sink = await openSink();
  const logging = await startSeen([sink], ['--log-max-backoff', '20ms']);
  const label = `{sink="${sink.label}"}`;
  sink.answer(status(503));
  await exchanges(logging, 4);
  const waiting = await logging.page('/metrics');
  expect(series(waiting, 'outrigger_log_events_queued')).toEqual({ [label]: 8 });
  expect(series(waiting, 'outrigger_log_queue_bytes')[label]).toBeGreaterThan(8 * 7);
  expect(series(waiting, 'outrigger_log_oldest_event_age_seconds')[label]).toBeGreaterThan(0);
  await expect
    .poll(async () => series(await logging.page('/metrics'), 'outrigger_log_retries_total')[label], patient)
    .toBeGreaterThan(0);
  expect(series(await logging.page('/metrics'), 'outrigger_log_sink_healthy')).toEqual({ [label]: 0 });
  sink.answer(status(202));
  await logging.events(8);
  const after = await logging.page('/metrics');
  expect(series(after, 'outrigger_log_queue_bytes')).toEqual({ [label]: 0 });
  expect(series(after, 'outrigger_log_oldest_event_age_seconds')).toEqual({ [label]: 0 });
  expect(series(after, 'outrigger_log_sink_healthy')).toEqual({ [label]: 1 });
  expect(series(after, 'outrigger_log_delivered_bytes_total')).toEqual({
    [label]: 4 * ('{"x":1}'.length + '{"ok":true}'.length),
  });
});

it('/status: each sink with its health, its last error and its account, and no secret of its URL', async () => {
  const [dead, alive] = [await openSink(), await openSink()];
  await dead.stop();
  const secret = { ...dead, url: `http://user:s3cret@127.0.0.1:${dead.port}/?key=s3cret` };
  const logging = await startSeen([alive, secret]);
  await exchanges(logging, 3);
  await logging.events(6);
  await expect.poll(() => logging.page('/status'), patient).toContain('refused');
  const text = await logging.page('/status');
  const { sinks } = (JSON.parse(text) as { logging: { sinks: { sink: string; healthy: boolean }[] } }).logging;
  expect(sinks.map(({ sink, healthy }) => [sink, healthy])).toEqual([
    [alive.label, true],
    [dead.label, false],
  ]);
  expect(text).not.toContain('s3cret');
  expect(await logging.page('/metrics')).not.toContain('s3cret');
  expect(JSON.stringify(logging.agent.logged)).not.toContain('s3cret');
});
