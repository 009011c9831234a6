// The three formats of CloudEvents over HTTP, decoded by the official SDK as any consumer may.
import { type CloudEvent, HTTP, type Message } from 'cloudevents';
import { expect, it } from 'vitest';
import { answer, post, startLogging } from './logging.ts';
import type { SinkRequest } from './sink.ts';

function decode({ rawHeaders, body }: SinkRequest): CloudEvent<unknown>[] {
  const headers: Record<string, string> = {};
  for (let at = 0; at < rawHeaders.length; at += 2)
    headers[(rawHeaders[at] as string).toLowerCase()] = rawHeaders[at + 1] as string;
  const text = String(body);
  const message: Message = {
    headers,
    body: headers['content-type']?.startsWith('application/cloudevents') ? text : body,
  };
  const events = HTTP.toEvent(message);
  return (Array.isArray(events) ? events : [events]) as CloudEvent<unknown>[];
}

const json = '{"x":[1.5,"é"],"big":9007199254740993}';
const contentTypes = {
  binary: /^application\/json$/,
  structured: /^application\/cloudevents\+json/,
  batched: /^application\/cloudevents-batch\+json/,
} as const;

for (const format of ['binary', 'structured', 'batched'] as const) {
  it(`${format}: the SDK finds both events valid, with all attributes`, async () => {
    const { exchange, sink } = await startLogging({ flags: ['--log-format', format, '--inference-service', 'iris'] });
    await exchange(post(json, { 'Ce-Id': 'one' }));
    for (const { rawHeaders } of sink.requests) {
      const at = rawHeaders.findIndex((name) => name.toLowerCase() === 'content-type');
      expect(rawHeaders[at + 1]).toMatch(contentTypes[format]);
    }
    const events = sink.requests.flatMap(decode);
    expect(events.map(({ id, type }) => [id, type]).toSorted()).toEqual([
      ['one', 'org.kubeflow.serving.inference.request'],
      ['one', 'org.kubeflow.serving.inference.response'],
    ]);
    for (const event of events) {
      if (format !== 'binary') event.validate(); // binary carries empty attributes, as KServe's agent does
      expect(event).toMatchObject({ specversion: '1.0', inferenceservicename: 'iris', modelname: 'm' });
      expect(event.datacontenttype).toBe('application/json');
    }
  });
}

it('structured: JSON is embedded as it was, other payloads are base64', async () => {
  const { exchange, sink } = await startLogging({
    flags: ['--log-format', 'structured'],
    runtime: (incoming, outgoing) => {
      incoming.resume();
      answer(outgoing, Buffer.from([0, 255, 1]), {
        'Content-Type': 'application/octet-stream',
        'Content-Encoding': 'x-own',
      });
    },
  });
  const { response } = await exchange(post(json));
  const texts = sink.requests.map(({ body }) => String(body));
  expect(texts.find((text) => text.includes('inference.request'))).toContain(`"data":${json}`);
  expect(response).toMatchObject({ data: Buffer.from([0, 255, 1]), contentEncoding: 'x-own' });
});

it('structured: what says that it is JSON and is none is base64', async () => {
  const { exchange, sink } = await startLogging({ flags: ['--log-format', 'structured'] });
  for (const odd of ['{"x":NaN}', '{"x":', '\u0000', '']) {
    const { request } = await exchange(post(odd));
    expect(String(request.data)).toBe(odd);
  }
  for (const { body } of sink.requests) JSON.parse(String(body));
});

it('batched: many events in one request, none of them twice', async () => {
  const { send, events, sink } = await startLogging({
    flags: ['--log-format', 'batched', '--log-batch-interval', '100ms', '--log-batch-size', '30'],
  });
  const ids = Array.from({ length: 50 }, (_, index) => `e${index}`);
  await Promise.all(ids.map((id) => send(post('{}', { 'Ce-Id': id }))));
  const seen = await events(100);
  expect(new Set(seen.map(({ id, type }) => `${id} ${type}`)).size).toBe(100);
  expect(sink.requests.length).toBeLessThan(25);
  for (const request of sink.requests) expect(decode(request).length).toBeLessThanOrEqual(30);
});

it('batched: payloads in one request are bounded in bytes', async () => {
  const { send, events, sink } = await startLogging({
    flags: [
      '--log-format',
      'batched',
      '--log-batch-interval',
      '100ms',
      '--log-batch-bytes',
      '10000',
      '--log-mode',
      'request',
    ],
  });
  await Promise.all(Array.from({ length: 12 }, () => send(post(`"${'x'.repeat(4000)}"`))));
  await events(12);
  for (const request of sink.requests) expect(decode(request).length).toBeLessThanOrEqual(2);
});
