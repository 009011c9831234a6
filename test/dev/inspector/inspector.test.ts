// What the inspector shows of real requests through a real agent.
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEventSink } from '../../../src/dev/event-sink.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-ports.ts';
import { encodeInfer, frame, inferenceClient, startInferenceRuntime } from '../../support/grpc/inference-peers.ts';
import { startInspectedAgent } from '../../support/inspected-agent.ts';
import { startV2EchoRuntime } from '../../support/v2-echo-runtime.ts';

const message = (values: readonly number[], id = 'r1') => ({
  id,
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1, values.length], data: values }],
});
const infer = (url: string, body: object = message([1, 2])) =>
  fetch(`${url}/v2/models/m/infer`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer geheim' },
    body: JSON.stringify(body),
  });

describe('an inference', () => {
  it('is a line with its model, its tensors and where its time went', async () => {
    const { url, ended, lines } = await startInspectedAgent((await startV2EchoRuntime()).port);
    expect((await infer(url)).status).toBe(200);
    const [line] = await ended(1);
    const tensor = { name: 'x', datatype: 'FP32', shape: [1, 2] };
    expect(line).toMatchObject({
      ...{ id: 1, protocol: 'V2 JSON', method: 'POST', path: '/v2/models/m/infer', model: 'm', kept: true },
      ...{ inputs: [tensor], outputs: [tensor], outcome: 'ok', status: 200, grpcStatus: null, batch: null },
    });
    const { waitMs, runtimeMs, agentMs, totalMs } = line as {
      [Figure in 'waitMs' | 'runtimeMs' | 'agentMs' | 'totalMs']: number;
    };
    expect(waitMs + runtimeMs + agentMs).toBeCloseTo(totalMs, 6);
    expect(Math.min(waitMs, runtimeMs, agentMs)).toBeGreaterThanOrEqual(0);
    expect(runtimeMs).toBeGreaterThan(0);
    expect(lines).toEqual([expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} {2}V2 JSON {4}m +200 +[\d.]+ ms$/)]);
  });

  it('is opened with its values, its fields without secrets, and what sends it again', async () => {
    const { url, ended, detail } = await startInspectedAgent((await startV2EchoRuntime()).port);
    await infer(url);
    await ended(1);
    const { request, response, curl, python, replayable, events, eventsMissing } = await detail(1);
    expect(request.body).toMatchObject({
      kind: 'tensors',
      about: { id: 'r1' },
      tensors: [{ name: 'x', values: ['1', '2'] }],
    });
    expect(request.headers).toContainEqual(['authorization', '(hidden)']);
    expect(request.headers).toContainEqual(['Content-Length', String(JSON.stringify(message([1, 2])).length)]);
    expect(response).toMatchObject({
      status: 200,
      reason: 'OK',
      body: { kind: 'tensors', tensors: [{ values: ['1', '2'] }] },
    });
    expect(curl).toContain(`${url}/v2/models/m/infer`);
    expect(python).toContain('tritonclient');
    expect([replayable, events, eventsMissing]).toEqual([true, null, 'payload logging is off']);
  });

  it('shows the events that a sink received of it', async () => {
    const sink = await startEventSink({ host: '127.0.0.1', port: 0 });
    onTestFinished(() => sink[Symbol.asyncDispose]());
    const { port } = await startV2EchoRuntime();
    const events = { eventsOf: sink.eventsOf, sinkUrl: sink.url };
    const { url, detail } = await startInspectedAgent(port, ['--log-url', sink.url], events);
    await infer(url);
    await eventually('both events', async () => {
      const { events: seen } = await detail(1);
      return seen?.request != null && seen.response !== null;
    });
    const { events: seen } = await detail(1);
    expect(seen?.request?.attributes.type).toMatch(/request$/);
    expect(seen?.request?.data).toMatchObject({ kind: 'tensors', tensors: [{ name: 'x', values: ['1', '2'] }] });
    expect(seen?.response?.data).toMatchObject({ kind: 'tensors', about: { model_name: 'm' } });
  });
});

describe('what ends otherwise', () => {
  it('a status of the runtime that is an error is one', async () => {
    const { url, ended, detail } = await startInspectedAgent((await startV2EchoRuntime()).port);
    await (await fetch(`${url}/nothing?key=secret`)).text();
    expect(await ended(1)).toMatchObject([{ outcome: 'error', status: 404, model: null, protocol: 'HTTP' }]);
    expect((await detail(1)).response?.body).toMatchObject({ kind: 'json' });
  });

  it('an answer of the agent itself is seen as its client sees it', async () => {
    const closed = await freePort();
    const { url, ended, detail } = await startInspectedAgent(closed);
    const answer = await infer(url);
    const text = await answer.text();
    const [line] = await ended(1);
    expect(line).toMatchObject({
      outcome: 'error',
      status: answer.status,
      waitMs: 0,
      runtimeMs: 0,
      responseBytes: text.length,
    });
    expect(line?.agentMs).toBe(line?.totalMs);
    const { response } = await detail(1);
    expect(response?.body.kind === 'json' && JSON.parse(response.body.text)).toEqual(JSON.parse(text));
  });

  it('an answer that breaks off is an error, with what came of it', async () => {
    const { url, ended, detail, lines } = await startInspectedAgent((await startV2EchoRuntime()).port);
    await fetch(`${url}/broken`)
      .then((answer) => answer.text())
      .catch(() => undefined);
    expect(await ended(1)).toMatchObject([{ outcome: 'error', status: 200, responseBytes: 4 }]);
    expect((await detail(1)).response?.body).toMatchObject({ kind: 'text', text: 'half' });
    expect(lines[0]).toMatch(/GET \/broken +broken /);
  });

  it('a client that leaves, before or within the answer, is cancelled', async () => {
    const { url, list, ended, lines } = await startInspectedAgent((await startV2EchoRuntime()).port);
    for (const path of ['/silent', '/never']) {
      const call = httpRequest(`${url}${path}`).on('error', () => undefined);
      call.end();
      if (path === '/never') await once(call, 'response');
      await eventually('it runs', async () => (await list()).running.length === 1);
      expect((await list()).running).toMatchObject([{ path, outcome: 'running', totalMs: null, agentMs: null }]);
      call.socket?.resetAndDestroy(); // a mere end of its side would be a half-close
      await eventually('none runs', async () => (await list()).running.length === 0);
    }
    const seen = await ended(2);
    expect(seen.map(({ path, outcome, status }) => [path, outcome, status])).toEqual([
      ['/silent', 'cancelled', null],
      ['/never', 'cancelled', 200],
    ]);
    expect(lines.map((line) => /(left) /.exec(line)?.[1])).toEqual(['left', 'left']);
  });
});

describe('bodies that stream', () => {
  it('pass whole, and their first 256 KiB are kept', async () => {
    const { url, ended, detail } = await startInspectedAgent((await startV2EchoRuntime()).port);
    const sent = Buffer.alloc(3_000_000, 'y');
    const answer = await fetch(`${url}/echo`, { method: 'POST', body: sent });
    expect(Buffer.from(await answer.arrayBuffer()).equals(sent)).toBe(true);
    const [line] = await ended(1);
    expect(line).toMatchObject({
      requestBytes: 3_000_000,
      responseBytes: 3_000_000,
      inputs: [],
      outputs: [],
      kept: true,
    });
    const { request, replayable, curl } = await detail(1);
    expect([request.body, replayable, curl]).toMatchObject([{ kind: 'text', cut: true }, false, null]);
  });
});

describe('gRPC', () => {
  it('is named by its message, with the status of its trailers', async () => {
    const runtime = await startInferenceRuntime();
    const flags = ['--component-grpc-port', String(runtime.port)];
    const { port, ended, detail, lines } = await startInspectedAgent(runtime.port, flags);
    const client = inferenceClient(port);
    const { answer } = await client.infer({ model_name: 'digits', id: 'g1', raw_input_contents: [] });
    expect(answer?.model_name).toBe('digits');
    const [line] = await ended(1);
    expect(line).toMatchObject({ protocol: 'gRPC', model: 'digits', outcome: 'ok', status: 200, grpcStatus: 0 });
    const { request, response, replayable } = await detail(1);
    expect(request.body).toMatchObject({ about: { model_name: 'digits', id: 'g1' } });
    expect(response?.trailers).toContainEqual(['grpc-status', '0']);
    expect(replayable).toBe(true);
    expect(lines[0]).toMatch(/gRPC {7}digits +OK /);
  });

  it('a stream is one exchange with all of its messages', async () => {
    const runtime = await startInferenceRuntime();
    const { port, ended, detail } = await startInspectedAgent(runtime.port, [
      '--component-grpc-port',
      String(runtime.port),
    ]);
    const call = inferenceClient(port).stream();
    call.on('data', () => undefined);
    for (const id of ['a', 'b']) call.write({ model_name: 'm', id });
    call.end();
    await once(call, 'end');
    expect(await ended(1)).toMatchObject([{ outcome: 'ok', grpcStatus: 0, model: 'm' }]);
    const { response } = await detail(1);
    expect(response?.body).toMatchObject({ kind: 'messages', messages: { length: 3 } });
  });

  it('that the agent cannot answer has the status that its client is told', async () => {
    const closed = await freePort();
    const { port, ended } = await startInspectedAgent(closed, ['--component-grpc-port', String(closed)]);
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    onTestFinished(() => session.destroy());
    const stream = session.request({
      ':method': 'POST',
      ':path': '/inference.GRPCInferenceService/ModelInfer',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.end(frame(encodeInfer({ model_name: 'm' })));
    const [fields] = await once(stream, 'response');
    const told = Number(fields['grpc-status']);
    expect(told).toBeGreaterThan(0);
    expect(await ended(1)).toMatchObject([{ outcome: 'error', status: 200, grpcStatus: told, model: 'm' }]);
  });
});
