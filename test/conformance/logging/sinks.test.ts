// What sinks do to the agent that logs to them, and what it does about it: no client notices, no event is lost that need not be.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-ports.ts';
import { type Logging, metricsPage, post, readAccount, startLogging } from './logging.ts';
import { accept, breakOff, hang, openSink, reset, status } from './sink.ts';

/** For expect.poll: its second is short on a busy machine. */
const patient = { interval: 5 };
const quick = ['--log-max-backoff', '50ms'];

/** So many exchanges, one after the other, each answered. */
async function exchanges({ send }: Logging, count: number, prefix = 'e'): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  for (const id of ids) expect((await send(post('{}', { 'Ce-Id': id }))).status).toBe(200);
  return ids;
}

const eventsOf = (ids: readonly string[]): string[] =>
  ids.flatMap((id) => [`${id} request`, `${id} response`]).toSorted();
const seenBy = (events: readonly { id: string; type: string }[]): string[] =>
  events.map(({ id, type }) => `${id} ${type}`).toSorted();

it('five connections at most, kept open: not one for each event', async () => {
  const logging = await startLogging();
  await exchanges(logging, 40);
  await logging.events(80);
  expect(logging.sink.connections()).toBeLessThanOrEqual(5);
  const three = await startLogging({ flags: ['--workers', '1'] });
  await exchanges(three, 10);
  await three.events(20);
  expect(three.sink.connections()).toBe(1);
});

it('a sink that is down at start is said in the log before any request, and has everything when it is there', async () => {
  const port = await freePort();
  const label = `http://127.0.0.1:${port}/`;
  const logging = await startLogging({
    flags: quick,
    sinks: [{ ...(await openSink()), url: label, label }],
  });
  const warnings = () => logging.agent.logged.filter(({ level, fields }) => level === 'warn' && fields.sink === label);
  await eventually('the log says so', () => warnings().length > 0);
  const ids = await exchanges(logging, 10);
  expect(await logging.account()).toMatchObject({ received: 20, delivered: 0, queued: 20, dropped: 0 });
  const sink = await openSink({ port });
  expect(seenBy(await sink.taken(20))).toEqual(eventsOf(ids));
  expect(warnings().length).toBeLessThanOrEqual(2); // at start, and when it is given up: not for each attempt
});

it('a sink that dies and comes back has everything', async () => {
  const logging = await startLogging({ flags: quick });
  const before = await exchanges(logging, 5, 'before');
  expect(seenBy(await logging.events(10))).toEqual(eventsOf(before));
  await logging.sink.stop();
  const meanwhile = await exchanges(logging, 5, 'meanwhile');
  const again = await openSink({ port: logging.sink.port });
  expect(seenBy(await again.taken(10))).toEqual(eventsOf(meanwhile));
});

it('a sink that hangs holds up nobody, and its events are sent again after --log-client-timeout', async () => {
  const logging = await startLogging({ flags: [...quick, '--log-client-timeout', '200ms'] });
  logging.sink.answer(hang);
  const ids = await exchanges(logging, 20);
  await eventually('deliveries hang', () => logging.sink.requests.length > 0);
  expect((await logging.account()).queued).toBe(40);
  logging.sink.answer(status(200));
  expect([...new Set(seenBy(await logging.events(40)))]).toEqual(eventsOf(ids));
});

for (const [what, fault] of [
  ['resets the connection', reset],
  ['breaks off its answer', breakOff],
  ['answers 500', status(500)],
  ['answers 503 with Retry-After', status(503, { 'Retry-After': '1' })],
  ['answers 429', status(429)],
  ['answers 404', status(404)],
  ['answers 408', status(408)],
  ['answers 409', status(409)],
] as const) {
  it(`a sink that ${what} is asked again, with the very same bytes`, async () => {
    const logging = await startLogging({ flags: quick });
    let failed = 0;
    logging.sink.answer((request, response) =>
      failed++ < 3 ? fault(request, response) : status(202)(request, response),
    );
    const ids = await exchanges(logging, 3);
    const events = await logging.events(6);
    expect([...new Set(seenBy(events))]).toEqual(eventsOf(ids));
    const copies = new Map<string, string>();
    for (const { rawHeaders, body } of logging.sink.requests) {
      const text = rawHeaders.join('\n') + String(body);
      const key = `${/ce-id\n(.*)/i.exec(text)?.[1]} ${/ce-type\n(.*)/i.exec(text)?.[1]}`;
      expect(copies.get(key) ?? text).toBe(text);
      copies.set(key, text);
    }
    expect(logging.sink.requests.length).toBeGreaterThan(6);
    expect(await logging.account()).toMatchObject({ received: 6, delivered: 6, queued: 0, dropped: 0 });
  });
}

for (const code of [200, 201, 202, 204, 299]) {
  it(`${code} is success`, async () => {
    const logging = await startLogging();
    logging.sink.answer(status(code));
    await exchanges(logging, 2);
    await logging.events(4);
    expect(logging.sink.requests).toHaveLength(4);
    expect(await logging.account()).toMatchObject({ delivered: 4, dropped: 0 });
  });
}

for (const code of [300, 301, 302, 303, 304, 305, 307, 308]) {
  it(`a redirect ${code} is not followed: the payload goes nowhere else, and the loss is counted`, async () => {
    const elsewhere = await openSink();
    const logging = await startLogging();
    logging.sink.answer(status(code, { Location: elsewhere.url }));
    await exchanges(logging, 1);
    await eventually('both were asked for', () => logging.sink.requests.length === 2);
    await expect.poll(logging.account, patient).toMatchObject({ received: 2, delivered: 0, queued: 0, dropped: 2 });
    expect(elsewhere.requests).toHaveLength(0);
    expect(logging.sink.requests).toHaveLength(2);
  });
}

for (const code of [400, 401, 403, 405, 410, 411, 413, 415, 422]) {
  it(`${code} is final: not repeated, counted, and said in the log`, async () => {
    const logging = await startLogging();
    logging.sink.answer(status(code));
    await exchanges(logging, 1);
    await expect.poll(logging.account, patient).toMatchObject({ received: 2, delivered: 0, queued: 0, dropped: 2 });
    expect(logging.sink.requests).toHaveLength(2);
    const said = logging.agent.logged.find(({ level, message }) => level === 'error' && message.includes('lost'));
    expect(said?.fields.reasons).toMatchObject({ rejected: expect.any(Number) });
  });
}

it('dead letters: what one sink refuses for good goes to the other', async () => {
  const letters = await openSink();
  const logging = await startLogging({ flags: ['--log-dead-letter-url', letters.url] });
  logging.sink.answer(status(400));
  const ids = await exchanges(logging, 3);
  expect(seenBy(await letters.taken(6))).toEqual(eventsOf(ids));
  await expect.poll(logging.account, patient).toMatchObject({ received: 6, deadLettered: 6, queued: 0, dropped: 0 });
});

it('--log-dead-letter-dir: the same as files, each a CloudEvent that says why', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'outrigger-letters-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const logging = await startLogging({ flags: ['--log-dead-letter-dir', dir] });
  logging.sink.answer(status(400));
  const ids = await exchanges(logging, 2);
  await expect.poll(logging.account, patient).toMatchObject({ received: 4, deadLettered: 4, queued: 0, dropped: 0 });
  const letters = readdirSync(dir).map((file) => JSON.parse(readFileSync(join(dir, file), 'utf8')));
  expect(letters.map(({ id, type }) => `${id} ${type.split('.').at(-1)}`).toSorted()).toEqual(eventsOf(ids));
  for (const letter of letters)
    expect(letter).toMatchObject({ knativeerrorcode: '400', knativeerrordest: logging.sink.label });
});

it('a slow sink gets everything, and no client waits for it', async () => {
  const logging = await startLogging();
  let waiting = 0;
  logging.sink.answer((request, response) => {
    waiting += 1;
    setTimeout(() => {
      waiting -= 1;
      accept(request, response);
    }, 20);
  });
  const ids = await exchanges(logging, 30);
  expect((await logging.account()).queued).toBeGreaterThan(0);
  expect(seenBy(await logging.events(60))).toEqual(eventsOf(ids));
  expect(waiting).toBe(0);
});

it('two sinks, one of them dead: the other has everything, and each has its own account', async () => {
  const dead = await openSink();
  const alive = await openSink();
  await dead.stop();
  const logging = await startLogging({ sinks: [alive, dead], flags: quick });
  const ids = await exchanges(logging, 10);
  expect(seenBy(await logging.events(20))).toEqual(eventsOf(ids));
  expect(await readAccount(logging.agent, alive)).toMatchObject({ received: 20, delivered: 20, queued: 0 });
  expect(await readAccount(logging.agent, dead)).toMatchObject({ received: 20, delivered: 0, queued: 20 });
  const page = await metricsPage(logging.agent);
  expect(page).toContain(`outrigger_log_sink_healthy{sink="${dead.label}"} 0`);
  expect(page).toContain(`outrigger_log_sink_healthy{sink="${alive.label}"} 1`);
});

it('a full queue drops the newest and counts them: what waited longest is delivered', async () => {
  const logging = await startLogging({ flags: [...quick, '--log-queue-max-events', '6', '--workers', '1'] });
  logging.sink.answer(status(503));
  const ids = await exchanges(logging, 10);
  expect(await logging.account()).toMatchObject({ received: 20, queued: 6, dropped: 14 });
  logging.sink.answer(status(202));
  expect(seenBy(await logging.events(6))).toEqual(eventsOf(ids.slice(0, 3)));
  expect(await metricsPage(logging.agent)).toMatch(
    /outrigger_log_events_dropped_total\{sink="[^"]+",reason="queue_full"\} 14/,
  );
});

it('the queue is bounded in bytes', async () => {
  const logging = await startLogging({ flags: ['--log-queue-max-bytes', '100000', '--log-mode', 'request', ...quick] });
  logging.sink.answer(status(503));
  const body = `"${'x'.repeat(20_000)}"`;
  for (let sent = 0; sent < 10; sent++) await logging.send(post(body));
  const { received, queued, dropped } = await logging.account();
  expect(received).toBe(10);
  expect(queued).toBeGreaterThanOrEqual(3);
  expect(queued).toBeLessThanOrEqual(5);
  expect(queued + dropped).toBe(10);
});
