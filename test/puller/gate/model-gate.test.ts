// The gate between the agent's real ends: who goes through, who waits, who is told why, over REST.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OutriggerError } from '../../../src/errors.ts';
import { Cancellation } from '../../../src/http/cancellation.ts';
import { Client } from '../../../src/http/client.ts';
import type { ProxyRequest } from '../../../src/http/exchange.ts';
import { noFields } from '../../../src/http/header-block.ts';
import { ModelMetrics } from '../../../src/model-metrics.ts';
import { gateModels } from '../../../src/puller/gate/model-gate.ts';
import { SetModel, SetModels } from '../../support/gated-set.ts';
import { rawClient } from '../../support/raw-client.ts';
import { startStages } from '../../support/stage-server.ts';

interface Runtime {
  readonly port: number;
  readonly seen: readonly string[];
  readonly server: Server;
}

/** Answers with how many bytes it was sent; `/hold` in the path: the answer begins, and ends when the test says so. */
async function startRuntime(release: Promise<void> = Promise.resolve()): Promise<Runtime> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url as string);
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on('end', () => {
      if (!request.url?.includes('hold')) {
        response.end(JSON.stringify({ bytes }));
        return;
      }
      response.write('begun');
      void release.then(() => response.end('ended'));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, seen, server };
}

async function gated(models: SetModels, release?: Promise<void>) {
  const { requests: outcomes } = new ModelMetrics();
  const runtime = await startRuntime(release);
  const server = await startStages({ upstreamPort: runtime.port, stages: [gateModels(models, outcomes)] });
  const post = (path: string, body = '{}') => fetch(`${server.url}${path}`, { method: 'POST', body });
  const get = (path: string) => fetch(`${server.url}${path}`);
  const counted = () =>
    Object.entries(outcomes).flatMap(([outcome, { value }]) => Array.from({ length: value }, () => outcome));
  return { runtime, server, post, get, counted };
}

describe('a model that serves', () => {
  it('is in use while it answers, and no longer', async () => {
    const model = new SetModel('a b', 'serving');
    const { post } = await gated(new SetModels(model));
    for (const path of ['/v2/models/a%20b/infer', '/v1/models/a%20b:predict', '/predictions/a%20b/1.0']) {
      expect((await post(path)).status).toBe(200);
    }
    expect([model.entered, model.left]).toEqual([3, 3]);
  });

  it('is in use until the last byte of a streamed answer', async () => {
    const end = Promise.withResolvers<void>();
    const model = new SetModel('m', 'serving');
    const { post } = await gated(new SetModels(model), end.promise);
    const answer = await post('/v2/models/m/hold');
    expect(model.inUse).toBe(1);
    end.resolve();
    expect(await answer.text()).toBe('begunended');
    await expect.poll(() => model.inUse).toBe(0);
  });

  it('is no longer in use when its client leaves, or its runtime', async () => {
    const model = new SetModel('m', 'serving');
    const { runtime, server, post } = await gated(new SetModels(model), new Promise(() => undefined));
    const leaver = await rawClient(server.port);
    leaver.send('POST /v2/models/m/hold HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n');
    await leaver.until((text) => text.includes('begun'));
    expect(model.inUse).toBe(1);
    leaver.socket.resetAndDestroy();
    await expect.poll(() => model.inUse).toBe(0);
    const broken = await post('/v2/models/m/hold');
    runtime.server.closeAllConnections();
    await expect(broken.text()).rejects.toThrow();
    runtime.server.close();
    await expect.poll(() => model.inUse).toBe(0);
    expect((await post('/v2/models/m/infer')).status).toBe(502);
    expect(model.inUse).toBe(0);
  });
});

describe('a model that does not serve', () => {
  it('answers 503 with the reason and when to ask again', async () => {
    const { runtime, post, get } = await gated(new SetModels(new SetModel('m', 'absent')));
    for (const path of ['/v2/models/m/infer', '/v2/models/m/versions/3/infer?x', '/v1/models/m:predict']) {
      const answer = await post(path);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '7']);
      expect(await answer.json()).toEqual({ error: 'model m is downloading: 12 of 340 MB' });
    }
    for (const path of ['/v2/models/m/ready', '/v1/models/m', '/v2/models/m'])
      expect((await get(path)).status).toBe(503);
    expect(runtime.seen).toEqual([]);
  });

  it('keeps nobody from other models, nor from what names none', async () => {
    const { runtime, post } = await gated(new SetModels(new SetModel('m', 'absent'), new SetModel('stats', 'absent')));
    const paths = ['/v2/models/x/infer', '/v2/models/stats', '/v2/health/ready', '/v2/repository/models/m/load', '/'];
    for (const path of paths) expect((await post(path)).status).toBe(200);
    expect(runtime.seen).toEqual(paths);
  });
});

describe('an idle model', () => {
  it('is woken by the first request; all that came meanwhile go on with it', async () => {
    const model = new SetModel('m', 'idle');
    const { runtime, post } = await gated(new SetModels(model));
    const answers = Array.from({ length: 10 }, (_, index) => post('/v2/models/m/infer', 'x'.repeat(index)));
    await expect.poll(() => model.wakes).toBe(10);
    expect(runtime.seen).toEqual([]);
    model.loaded();
    const bodies = await Promise.all(answers.map(async (answer) => (await answer).json()));
    expect(bodies).toEqual(Array.from({ length: 10 }, (_, bytes) => ({ bytes })));
    await expect.poll(() => [model.entered, model.left]).toEqual([10, 10]);
  });

  it('is ready, and not woken by the question', async () => {
    const model = new SetModel('a b', 'idle');
    const { runtime, get, server } = await gated(new SetModels(model));
    for (const path of ['/v2/models/a%20b/ready', '/v2/models/a%20b/versions/1/ready?x']) {
      const answer = await get(path);
      expect([answer.status, await answer.text()]).toEqual([200, '']);
    }
    expect(await (await get('/v1/models/a%20b')).json()).toEqual({ name: 'a b', ready: true });
    expect((await fetch(`${server.url}/v2/models/a%20b/ready`, { method: 'HEAD' })).status).toBe(200);
    expect([model.wakes, runtime.seen]).toEqual([0, []]);
  });

  it('holds a large upload back meanwhile, and loses none of it', async () => {
    const model = new SetModel('m', 'idle');
    const { post } = await gated(new SetModels(model));
    const answer = post('/v2/models/m/infer', 'x'.repeat(20_000_000));
    await expect.poll(() => model.wakes).toBe(1);
    model.loaded();
    expect(await (await answer).json()).toEqual({ bytes: 20_000_000 });
  });

  it('sends no 100 (Continue) before it serves, and ends the connection with a refusal', async () => {
    const model = new SetModel('m', 'idle');
    const { server } = await gated(new SetModels(model));
    const head = 'POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n';
    const patient = await rawClient(server.port);
    patient.send(head);
    await expect.poll(() => model.wakes).toBe(1);
    expect(patient.received()).toBe('');
    model.loaded();
    await patient.until((text) => text.startsWith('HTTP/1.1 100 '));
    patient.send('abc');
    await patient.until((text) => text.includes('{"bytes":3}'));
    model.state = 'idle';
    const refused = await rawClient(server.port);
    refused.send(head);
    await expect.poll(() => model.wakes).toBe(2);
    model.failed(new OutriggerError('OVERLOADED', 'too many wait'));
    expect(await refused.closed()).toMatch(/^HTTP\/1.1 503 [\s\S]*Retry-After: 1\r\n[\s\S]*Connection: close/);
  });

  it('that could not be loaded says so', async () => {
    const model = new SetModel('m', 'idle');
    const { post } = await gated(new SetModels(model));
    const answer = post('/v2/models/m/infer');
    await expect.poll(() => model.wakes).toBe(1);
    model.failed(new OutriggerError('MODEL_NOT_READY', 'no room', { retryAfterSeconds: 30 }));
    expect([(await answer).status, (await answer).headers.get('retry-after')]).toEqual([503, '30']);
  });

  it('that is pushed out again before its request went on is woken again, so often and no more', async () => {
    const model = new SetModel('m', 'idle');
    const { post } = await gated(new SetModels(model));
    const answer = post('/v2/models/m/infer');
    for (let wakes = 1; wakes <= 3; wakes++) {
      await expect.poll(() => model.wakes).toBe(wakes);
      model.loaded();
      model.state = 'idle';
    }
    expect((await answer).status).toBe(503);
    expect(model.entered).toBe(0);
  });

  it('is not waited for any more when the client left', async () => {
    const model = new SetModel('m', 'idle');
    const { runtime, server } = await gated(new SetModels(model));
    const client = await rawClient(server.port);
    client.send('POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}');
    await expect.poll(() => model.wakes).toBe(1);
    client.socket.resetAndDestroy();
    await expect.poll(() => server.metrics.inFlight.value).toBe(0);
    model.loaded();
    await new Promise(setImmediate);
    expect([runtime.seen, model.entered]).toEqual([[], 0]);
  });
});

describe('at the seam', () => {
  const request: ProxyRequest = {
    protocol: 'http1',
    method: 'POST',
    path: '/v2/models/m/infer',
    authority: 'h',
    headers: noFields,
    body: new Uint8Array(0),
    contentLength: 0,
    trailers: null,
    expectContinue: false,
    cancellation: new Cancellation(),
    client: new Client(false),
    sendInformational: () => undefined,
  };

  it('an answer that broke before it was given is over', async () => {
    const model = new SetModel('m', 'serving');
    const body = new PassThrough();
    body.destroy();
    await once(body, 'close');
    const answer = { status: 200, headers: noFields, body, trailers: null };
    await gateModels(new SetModels(model), new ModelMetrics().requests)(async () => answer)(request);
    expect(model.inUse).toBe(0);
  });

  it('a client that left just as its model was there takes no place', async () => {
    const model = new SetModel('m', 'idle');
    const cancellation = new Cancellation();
    const handle = gateModels(
      new SetModels(model),
      new ModelMetrics().requests,
    )(() => Promise.reject(new Error('went on')));
    const answer = handle({ ...request, cancellation });
    model.loaded();
    cancellation.cancel();
    await expect(answer).rejects.toMatchObject({ code: 'CLIENT_GONE' });
    expect(model.entered).toBe(0);
  });
});

it('while all serve and none is counted, nobody is looked up', async () => {
  const models = new SetModels(new SetModel('m', 'absent'));
  models.open = true;
  const { post } = await gated(models);
  expect((await post('/v2/models/m/infer')).status).toBe(200);
  expect(models.looks).toEqual([]);
});

it('each request for a model of ours is counted once, by what became of it', async () => {
  const [serving, idle, full] = [
    new SetModel('serving', 'serving'),
    new SetModel('idle', 'idle'),
    new SetModel('full', 'idle'),
  ];
  const { post, counted } = await gated(new SetModels(serving, idle, full, new SetModel('absent', 'absent')));
  await post('/v2/models/serving/infer');
  await post('/v2/models/unknown/infer');
  await post('/v2/models/absent/infer');
  const woken = post('/v2/models/idle/infer');
  await expect.poll(() => idle.wakes).toBe(1);
  idle.loaded();
  await woken;
  const refused = post('/v2/models/full/infer');
  await expect.poll(() => full.wakes).toBe(1);
  full.failed(new OutriggerError('OVERLOADED', 'too many wait'));
  await refused;
  expect(counted()).toEqual(['served', 'woken', 'not_ready', 'overloaded']);
});
