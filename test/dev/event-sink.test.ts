import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EventSink, startEventSink } from '../../src/dev/event-sink.ts';

let sink: EventSink;
beforeAll(async () => {
  sink = await startEventSink({ host: '127.0.0.1', port: 0 });
});
afterAll(() => sink[Symbol.asyncDispose]());

interface Listed {
  readonly received: number;
  readonly events: readonly { attributes: Record<string, string>; payload: string }[];
}

const post = (headers: Record<string, string>, body: string | Buffer) =>
  fetch(sink.url, { method: 'POST', headers, body: new Uint8Array(Buffer.from(body)) });
const listed = async (): Promise<Listed> => (await (await fetch(sink.url)).json()) as Listed;

it('lists events of all three modes, the latest first', async () => {
  const binary = { 'ce-id': 'a%20b', 'ce-type': 't.request', 'content-type': 'application/json' };
  expect((await post(binary, '{"instances":[1]}')).status).toBe(202);
  await post({ 'content-type': 'application/cloudevents+json' }, '{"id":"2","type":"t.response","data":{"x":1}}');
  const batch = '[{"id":"3","datacontenttype":"image/png","data_base64":"AAAA"},{"id":"4"}]';
  await post({ 'content-type': 'application/cloudevents-batch+json' }, batch);
  const { received, events } = await listed();
  expect(received).toBe(4);
  expect(events.map(({ attributes, payload }) => [attributes.id, payload])).toEqual([
    ['4', ''],
    ['3', '3 bytes of image/png'],
    ['2', '{"x":1}'],
    ['a b', '{"instances":[1]}'],
  ]);
});

it('shows a page on which nothing that a client sent is markup', async () => {
  await post({ 'ce-id': '<script>1</script>', 'content-type': 'text/html' }, '<img src=x>');
  const page = await (await fetch(sink.url, { headers: { accept: 'text/html' } })).text();
  expect(page).not.toMatch(/<script|<img/);
  expect(page).toContain('&#60;img src=x&#62;');
});

it('says no to what is no event, and goes on', async () => {
  const { received } = await listed();
  expect((await post({ 'content-type': 'application/cloudevents+json' }, '{')).status).toBe(400);
  expect((await fetch(sink.url, { method: 'DELETE' })).status).toBe(405);
  expect((await listed()).received).toBe(received);
});

it('keeps the latest 200', async () => {
  for (let id = 0; id < 210; id += 1) await post({ 'ce-id': String(id) }, 'x');
  const { events } = await listed();
  expect(events).toHaveLength(200);
  expect(events[0]?.attributes.id).toBe('209');
});

describe('the events of one exchange', () => {
  const pairOf = async (id: string, ...events: (readonly [headers: Record<string, string>, body: string])[]) => {
    for (const [headers, body] of events)
      await post({ 'ce-id': id, 'content-type': 'application/json', ...headers }, body);
    return sink.eventsOf(id);
  };

  it('are found by its id, with their data as it came', async () => {
    const pair = await pairOf(
      'pair-1',
      [{ 'ce-type': 'a.request' }, '{"x": 1.0}'],
      [{ 'ce-type': 'a.response' }, '[]'],
    );
    expect([pair?.request?.data.toString(), pair?.response?.data.toString()]).toEqual(['{"x": 1.0}', '[]']);
    expect(pair?.request?.attributes).toMatchObject({ id: 'pair-1', datacontenttype: 'application/json' });
  });

  it('are the latest, when a client uses an id again', async () => {
    const again = ['one', 'two'].map((body) => [{ 'ce-type': 'a.request' }, body] as const);
    const pair = await pairOf('pair-2', ...again);
    expect([pair?.request?.data.toString(), pair?.response]).toEqual(['two', null]);
  });

  it('are found when each has an id of its own', async () => {
    await pairOf('pair-3-request', [{ 'ce-type': 'a.request', 'ce-exchangeid': 'pair-3' }, 'q']);
    expect(sink.eventsOf('pair-3')?.request?.data.toString()).toBe('q');
    expect(sink.eventsOf('pair-3-request')).toBeNull();
  });

  it('stand as the request of the exchange when one tells of both', async () => {
    const pair = await pairOf('pair-4', [{ 'ce-type': 'a.exchange' }, '{}']);
    expect([pair?.request?.attributes.type, pair?.response]).toEqual(['a.exchange', null]);
  });

  it('name the coding of their data, and hold its first 256 KiB', async () => {
    const pair = await pairOf('pair-5', [{ 'ce-type': 'a.request', 'content-encoding': 'gzip' }, 'x'.repeat(300_000)]);
    const { attributes, data, dataBytes } = pair?.request ?? {};
    expect([attributes?.contentencoding, data?.length, dataBytes]).toEqual(['gzip', 262_144, 300_000]);
  });
});

it.each([
  ['a name that was made to point here', { host: 'evil.example' }],
  ["another site's script", { origin: 'http://evil.example' }],
  ["another site's link or form", { 'sec-fetch-site': 'cross-site' }],
])('shows nothing to %s, and takes nothing from it', async (_, headers) => {
  const before = (await listed()).received;
  for (const method of ['GET', 'POST']) expect(await statusOf(method, headers)).toBe(403);
  expect((await listed()).received).toBe(before);
});

/** fetch sends no Host of our own. */
async function statusOf(method: string, headers: Record<string, string>): Promise<number | undefined> {
  const asked = request(sink.url, { method, headers }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode;
}
