// Any traffic over HTTP/1.1 and HTTP/2: what was on the wire is what is logged, whole messages and streams.
import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { call, http2Client, http2Runtime } from '../../support/http2-peers.ts';
import { rawClient } from '../../support/raw-client.ts';
import { answer, only, post, startLogging } from './logging.ts';

/** Sends back what it got, with the headers that describe it. */
const echo: RequestListener = (incoming, outgoing) => {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    const kept = ['content-type', 'content-encoding', 'inference-header-content-length'];
    const headers = kept.flatMap((name) =>
      incoming.headers[name] === undefined ? [] : [[name, incoming.headers[name]]],
    );
    answer(outgoing, Buffer.concat(chunks), Object.fromEntries(headers) as Record<string, string>);
  });
};

const json = '{"inputs":[{"name":"x","shape":[2],"datatype":"FP32","data":[1.0,-0]}]}';
const tensors = randomBytes(100_000);
const binary = { 'Content-Type': 'application/octet-stream', 'Inference-Header-Content-Length': String(json.length) };
const payloads: readonly [what: string, body: Buffer, headers: Record<string, string>, path: string][] = [
  ['V1 JSON', Buffer.from('{"instances": [[1.50, 9007199254740993]]}'), {}, '/v1/models/m:predict'],
  ['V2 JSON', Buffer.from(json), {}, '/v2/models/m/versions/3/infer'],
  ['V2 with NaN, which is no JSON', Buffer.from(json.replace('-0', 'NaN')), {}, '/v2/models/m/infer'],
  ['V2 with binary tensors', Buffer.concat([Buffer.from(json), tensors]), binary, '/v2/models/m/infer'],
  ['gzip', gzipSync(json), { 'Content-Encoding': 'gzip' }, '/v2/models/m/infer'],
  ['an unknown coding', Buffer.from([1, 2, 0, 255]), { 'Content-Encoding': 'br' }, '/v2/models/m/infer'],
  ['something else', randomBytes(70_000), { 'Content-Type': 'image/jpeg' }, '/anything/at/all'],
  ['two megabytes', randomBytes(2 ** 21), { 'Content-Type': 'application/octet-stream' }, '/v2/models/m/infer'],
];
for (const [what, body, headers, path] of payloads) {
  it(`${what}: byte for byte, with what its reader needs`, async () => {
    const { exchange } = await startLogging({ runtime: echo });
    const { request, response, answer: received } = await exchange(post(body, headers, path));
    expect(received.body.equals(body)).toBe(true);
    for (const event of [request, response]) {
      expect(event.data.equals(body)).toBe(true);
      expect(event.contentType).toBe(headers['Content-Type'] ?? 'application/json');
      expect(event.contentEncoding).toBe(headers['Content-Encoding']);
      expect(event.attributes.inferenceheadercontentlength).toBe(headers['Inference-Header-Content-Length']);
      expect(event.attributes).not.toHaveProperty('truncated');
      expect(event.attributes).not.toHaveProperty('incomplete');
    }
  });
}

it('a body without a content type has none in its event', async () => {
  const { agent, events } = await startLogging({
    runtime: (incoming, outgoing) => void incoming.resume().on('end', () => outgoing.end('x')),
  });
  const client = await rawClient(agent.port);
  client.send('POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx');
  const seen = await events(2);
  for (const type of ['request', 'response'])
    expect(only(seen, type)).toMatchObject({ contentType: undefined, data: Buffer.from('x') });
});

it('chunks are logged without their framing, trailers and all', async () => {
  const { agent, events } = await startLogging({ runtime: echo });
  const client = await rawClient(agent.port);
  client.send('POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n');
  client.send('4;x=y\r\n":1}\r\n0\r\nX-Trailer: t\r\n\r\n');
  await client.until((text) => text.endsWith('{"a":1}'));
  const seen = await events(2);
  for (const type of ['request', 'response']) expect(String(only(seen, type).data)).toBe('{"a":1}');
});

it('server-sent events: the client has the first one while the answer is still coming, and the event has all', async () => {
  let finish: () => void = () => undefined;
  const { agent, events, sink } = await startLogging({
    runtime: (incoming, outgoing) => {
      incoming.resume();
      outgoing.writeHead(200, { 'Content-Type': 'text/event-stream' });
      outgoing.write('data: one\n\n');
      finish = () => outgoing.end('data: two\n\n');
    },
  });
  const client = await rawClient(agent.port);
  client.send('POST /v2/models/m/generate_stream HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}');
  await client.until((text) => text.includes('data: one\n\n'));
  expect(sink.events().filter(({ type }) => type === 'response')).toEqual([]);
  finish();
  await client.until((text) => text.endsWith('0\r\n\r\n'));
  const response = only(await events(2), 'response');
  expect(response).toMatchObject({ contentType: 'text/event-stream', data: Buffer.from('data: one\n\ndata: two\n\n') });
});

it('the request of a stream is logged before its answer is over', async () => {
  const { agent, sink } = await startLogging({
    runtime: (incoming, outgoing) => void incoming.resume().on('end', () => outgoing.writeHead(200).write('begun')),
  });
  const client = await rawClient(agent.port);
  client.send('POST /v2/models/m/generate_stream HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}');
  const [event] = await sink.taken(1);
  expect(event).toMatchObject({ type: 'request', data: Buffer.from('{}') });
});

it('an upload reaches the runtime while it is still coming', async () => {
  const first = Promise.withResolvers<string>();
  const { agent, events } = await startLogging({
    runtime: (incoming, outgoing) => {
      incoming.once('data', (chunk: Buffer) => first.resolve(String(chunk)));
      echo(incoming, outgoing);
    },
  });
  const client = await rawClient(agent.port);
  client.send('POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\nfirst');
  expect(await first.promise).toContain('first');
  client.send('x'.repeat(199_995));
  expect(only(await events(2), 'request').data).toHaveLength(200_000);
});

it('a client that leaves in mid-answer: what it was sent is logged, as incomplete', async () => {
  const { agent, events } = await startLogging({
    runtime: (incoming, outgoing) =>
      void incoming.resume().on('end', () => outgoing.writeHead(200).write('half of it')),
  });
  const client = await rawClient(agent.port);
  client.send('POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}');
  await client.until((text) => text.includes('half of it'));
  client.socket.resetAndDestroy();
  const seen = await events(2);
  expect(only(seen, 'request').attributes).not.toHaveProperty('incomplete');
  expect(only(seen, 'response')).toMatchObject({ data: Buffer.from('half of it'), attributes: { incomplete: 'true' } });
});

it('a runtime that breaks off: the same', async () => {
  let breakOff: () => void = () => undefined;
  const { agent, events } = await startLogging({
    runtime: (incoming, outgoing) => {
      incoming.resume().on('end', () => outgoing.writeHead(200, { 'Content-Length': '100' }).write('half of it'));
      breakOff = () => outgoing.socket?.destroy();
    },
  });
  const client = await rawClient(agent.port);
  client.send('POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}');
  await client.until((text) => text.includes('half of it'));
  breakOff();
  await client.closed();
  const response = only(await events(2), 'response');
  expect(response).toMatchObject({ data: Buffer.from('half of it'), attributes: { incomplete: 'true' } });
});

it('an upload that is broken off: what came of it is logged, as incomplete', async () => {
  const arrived = Promise.withResolvers<void>();
  const { agent, events } = await startLogging({
    runtime: (incoming) => void incoming.once('data', () => arrived.resolve()),
  });
  const client = await rawClient(agent.port);
  client.send('POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\nbegun');
  await arrived.promise;
  client.socket.end();
  await client.closed();
  const [request, ...others] = await events(1);
  expect(request).toMatchObject({ type: 'request', data: Buffer.from('begun'), attributes: { incomplete: 'true' } });
  expect(others.filter(({ type }) => type === 'request')).toEqual([]);
});

it('a client that leaves before any answer: its request is logged, and no answer, since it was told nothing', async () => {
  const { agent, events } = await startLogging({ flags: ['--log-all-responses'], runtime: () => undefined });
  const client = await rawClient(agent.port);
  client.send('POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}');
  const [request] = await events(1);
  client.socket.resetAndDestroy();
  await expect.poll(() => agent.metrics.upstreamSeconds('http1').count).toBe(1);
  expect((await events(1)).map(({ type }) => type)).toEqual(['request']);
  expect(request?.attributes).not.toHaveProperty('incomplete');
});

it('--log-combined: a client that leaves has one event too, without an answer', async () => {
  const { agent, events } = await startLogging({ flags: ['--log-combined'], runtime: () => undefined });
  const client = await rawClient(agent.port);
  client.send('POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}');
  await expect.poll(() => agent.metrics.inFlight.value).toBe(1);
  client.socket.resetAndDestroy();
  const [event] = await events(1);
  expect(event?.type).toBe('exchange');
  expect(JSON.parse(String(event?.data))).toMatchObject({ request: { data: {} }, response: null });
});

it('a body that waits for 100 (Continue) is logged like any other', async () => {
  const { agent, events } = await startLogging({ runtime: echo });
  const client = await rawClient(agent.port);
  client.send('POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 7\r\n\r\n');
  await client.until((text) => text.includes('100 Continue'));
  client.send('{"a":1}');
  await client.until((text) => text.endsWith('{"a":1}'));
  expect(String(only(await events(2), 'request').data)).toBe('{"a":1}');
});

it('HTTP/2 that is no gRPC is logged like HTTP/1.1', async () => {
  const runtime = await http2Runtime((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/json' });
    stream.end('{"h2":true}');
  });
  const { agent, events } = await startLogging({ runtimePort: runtime.port });
  const session = http2Client(agent.port);
  const headers = {
    ':method': 'POST',
    ':path': '/v2/models/m/infer',
    'content-type': 'application/json',
    'ce-id': 'two',
  };
  await call(session, headers, { body: Buffer.from('{"x":2}') });
  const seen = await events(2);
  expect(only(seen, 'request')).toMatchObject({
    id: 'two',
    data: Buffer.from('{"x":2}'),
    contentType: 'application/json',
  });
  expect(only(seen, 'response')).toMatchObject({ id: 'two', data: Buffer.from('{"h2":true}') });
});
