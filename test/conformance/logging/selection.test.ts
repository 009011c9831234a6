// Which exchanges are logged and how much of them, by option: --log-mode, samples, opting out, limits, redaction, one event for both.
import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { answer, metricsPage, only, post, startLogging } from './logging.ts';

for (const [mode, types] of [
  ['all', ['request', 'response']],
  ['request', ['request']],
  ['response', ['response']],
] as const) {
  it(`--log-mode=${mode}`, async () => {
    const { send, events } = await startLogging({ flags: ['--log-mode', mode] });
    await send(post('{"x":1}'));
    expect((await events(types.length)).map(({ type }) => type).toSorted()).toEqual([...types]);
  });
}

it('--log-sample-rate=0 logs nothing, and counts it', async () => {
  const { send, sink, account, agent } = await startLogging({ flags: ['--log-sample-rate', '0'] });
  for (let i = 0; i < 5; i++) await send(post('{}'));
  expect((await account()).received).toBe(0);
  expect(sink.requests).toHaveLength(0);
  expect(await metricsPage(agent)).toContain('outrigger_log_skipped_total{reason="sampled_out"} 5');
});

it('--log-sample-by=id: the same ids anywhere, both events or none', async () => {
  const rate = 0.4;
  const { send, events } = await startLogging({ flags: ['--log-sample-rate', String(rate), '--log-sample-by', 'id'] });
  const ids = Array.from({ length: 60 }, (_, index) => `exchange-${index}`);
  for (const id of ids) await send(post('{}', { 'X-Request-Id': id }));
  const inSample = ids.filter((id) => crc32(id) / 2 ** 32 < rate);
  expect(inSample.length).toBeGreaterThan(5);
  expect(inSample.length).toBeLessThan(55);
  const seen = await events(2 * inSample.length);
  expect(seen.map(({ id }) => id).toSorted()).toEqual([...inSample, ...inSample].toSorted());
});

it('--log-opt-out-header: who sends it is not logged, unless it says no', async () => {
  const { send, events } = await startLogging({ flags: ['--log-opt-out-header', 'X-No-Log'] });
  for (const [id, value] of [
    ['yes', 'true'],
    ['one', '1'],
    ['zero', '0'],
    ['no', 'false'],
  ] as const) {
    await send(post('{}', { 'x-no-log': value, 'Ce-Id': id }));
  }
  await send(post('{}', { 'Ce-Id': 'without' }));
  const seen = await events(6);
  expect([...new Set(seen.map(({ id }) => id))].toSorted()).toEqual(['no', 'without', 'zero']);
});

const long = `{"text":"${'x'.repeat(5000)}"}`;

it('--log-max-bytes: the begin of the payload, marked, with the length of all', async () => {
  const { exchange } = await startLogging({
    flags: ['--log-max-bytes', '1000'],
    runtime: (incoming, outgoing) => {
      incoming.resume();
      answer(outgoing, '{"short":1}');
    },
  });
  const { request, response } = await exchange(post(long));
  expect(String(request.data)).toBe(long.slice(0, 1000));
  expect(request.attributes).toMatchObject({ truncated: 'true', datalength: String(long.length) });
  expect(String(response.data)).toBe('{"short":1}');
  expect(response.attributes).not.toHaveProperty('truncated');
});

it('--log-combined: one event with both, each with its own type', async () => {
  const { send, events } = await startLogging({ flags: ['--log-combined'] });
  await send(post('{"x":1}', { 'Ce-Id': 'both' }));
  const [event, ...others] = await events(1);
  expect(others).toEqual([]);
  expect(event).toMatchObject({ type: 'exchange', id: 'both', contentType: 'application/json' });
  expect(JSON.parse(String(event?.data))).toMatchObject({
    request: { contenttype: 'application/json', data: { x: 1 } },
    response: { contenttype: 'application/json', statuscode: 200, data: { ok: true } },
  });
});

it('--log-redact: JSON paths and tensors, in requests and answers, the rest byte for byte', async () => {
  const tensor = (name: string, data: string) => `{"name":"${name}","shape":[1],"datatype":"FP32","data":${data}}`;
  const { exchange } = await startLogging({
    flags: ['--log-redact', '$.parameters.user,$.people[*].name', '--log-redact', 'tensor:face'],
    runtime: (incoming, outgoing) => {
      incoming.resume();
      answer(outgoing, '{ "people":[{"name":"Ann","n":1},{"name":"Bob","n":2}] }');
    },
  });
  const body = `{"parameters":{"user":"u7","k":1.50},"inputs":[${tensor('face', '[0.25]')},${tensor('x', '[1.0]')}]}`;
  const { request, response, answer: received } = await exchange(post(body));
  expect(String(request.data)).not.toMatch(/u7|0\.25/);
  expect(String(request.data)).toContain('"k":1.50');
  expect(String(request.data)).toContain('[1.0]');
  expect(request.attributes.redacted).toBe('true');
  expect(String(response.data)).toBe('{ "people":[{"name":"***","n":1},{"name":"***","n":2}] }');
  expect(received.json).toContain('Ann'); // the caller has it all
});

it('--log-redact: what cannot be read is not logged at all', async () => {
  const { exchange } = await startLogging({ flags: ['--log-redact', '$.secret'] });
  const { request } = await exchange(post('{"secret": "s3cret", oh'));
  expect(request.data).toHaveLength(0);
  expect(request.attributes.redacted).toBe('removed');
});

it('the events of many exchanges at once are each exchange’s own', async () => {
  const { send, events } = await startLogging({
    runtime: (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => answer(outgoing, `{"echo":${Buffer.concat(chunks)}}`));
    },
  });
  const ids = Array.from({ length: 100 }, (_, index) => `e${index}`);
  await Promise.all(ids.map((id) => send(post(`{"id":"${id}"}`, { 'Ce-Id': id }))));
  const seen = await events(200);
  for (const id of ids) {
    const own = seen.filter((event) => event.id === id);
    expect(String(only(own, 'request').data)).toBe(`{"id":"${id}"}`);
    expect(String(only(own, 'response').data)).toBe(`{"echo":{"id":"${id}"}}`);
  }
});
