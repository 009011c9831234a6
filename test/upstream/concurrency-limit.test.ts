import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { Cancellation } from '../../src/http/cancellation.ts';
import { Client } from '../../src/http/client.ts';
import type { ProxyRequest, ProxyResponse } from '../../src/http/exchange.ts';
import { noFields } from '../../src/http/header-block.ts';
import { openMetrics } from '../../src/metrics.ts';
import { limitConcurrency } from '../../src/upstream/concurrency-limit.ts';
import { rawClient } from '../support/raw-client.ts';
import { infer, ok, scriptedRuntime } from '../support/scripted-runtime.ts';
import { startTestAgent } from '../support/test-agent.ts';

function request(path: string): ProxyRequest {
  return {
    protocol: 'http1',
    method: 'POST',
    path,
    authority: 'h',
    headers: noFields,
    body: new Uint8Array(0),
    contentLength: null,
    trailers: null,
    expectContinue: false,
    cancellation: new Cancellation(),
    client: new Client(false),
    sendInformational: () => undefined,
  };
}

/** A limit before a runtime that is answered by the test: `entered` are the paths that got there, in order. */
function limited(maxInFlight: number, maxQueued: number) {
  const metrics = openMetrics();
  const entered: string[] = [];
  const pending = new Map<string, PromiseWithResolvers<ProxyResponse>>();
  const handle = limitConcurrency(
    { maxInFlight, maxQueued },
    metrics,
  )((each) => {
    entered.push(each.path);
    const answer = Promise.withResolvers<ProxyResponse>();
    pending.set(each.path, answer);
    return answer.promise;
  });
  const answer = (path: string, body: Uint8Array | Readable = new Uint8Array(0)) =>
    pending.get(path)?.resolve({ status: 200, headers: noFields, body, trailers: null });
  return { metrics, entered, pending, handle, answer };
}

it('lets maxInFlight in, and the others in order of arrival', async () => {
  const { entered, handle, answer } = limited(2, 10);
  const answers = ['a', 'b', 'c', 'd'].map((path) => handle(request(path)));
  expect(entered).toEqual(['a', 'b']);
  answer('b');
  await answers[1];
  await expect.poll(() => entered).toEqual(['a', 'b', 'c']);
  answer('c');
  await expect.poll(() => entered).toEqual(['a', 'b', 'c', 'd']);
  answer('a');
  answer('d');
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
});

it('refuses what the queue does not hold, at once, and counts it', async () => {
  const { metrics, entered, handle } = limited(1, 2);
  for (const path of ['a', 'b', 'c']) void handle(request(path));
  await expect(handle(request('d'))).rejects.toMatchObject({ code: 'OVERLOADED' });
  expect(metrics.queueRefused.value).toBe(1);
  expect(entered).toEqual(['a']);
});

it('a failed call gives its place back', async () => {
  const { entered, handle, pending } = limited(1, 2);
  const failing = handle(request('a'));
  void handle(request('b'));
  pending.get('a')?.reject(new Error('no'));
  await expect(failing).rejects.toThrow('no');
  await expect.poll(() => entered).toEqual(['a', 'b']);
});

it('a client that leaves gives up its place in the queue', async () => {
  const { entered, handle, answer } = limited(1, 1);
  void handle(request('a'));
  const leaver = request('b');
  const left = handle(leaver);
  leaver.cancellation.cancel();
  await expect(left).rejects.toMatchObject({ code: 'CLIENT_GONE' });
  void handle(request('c')); // there is room for it
  answer('a');
  await expect.poll(() => entered).toEqual(['a', 'c']);
});

for (let ticks = 0; ticks < 8; ticks++) {
  it(`a client that leaves as its turn comes (${ticks} microtasks later) costs nobody a place`, async () => {
    const { entered, handle, answer } = limited(1, 5);
    const first = handle(request('a'));
    const leaver = request('b');
    const left = handle(leaver).catch((error: { code: string }) => error.code);
    const last = handle(request('c'));
    answer('a');
    for (let tick = 0; tick < ticks; tick++) await null;
    leaver.cancellation.cancel();
    await first;
    if (entered.includes('b')) answer('b');
    else expect(await left).toBe('CLIENT_GONE');
    await expect.poll(() => entered).toContain('c');
    answer('c');
    expect((await last).status).toBe(200);
  });
}

it('a streamed answer keeps its place until its last byte', async () => {
  const { entered, handle, answer } = limited(1, 1);
  const first = handle(request('a'));
  void handle(request('b'));
  const body = new Readable({ read: () => undefined });
  answer('a', body);
  await first;
  body.push('token');
  expect(entered).toEqual(['a']);
  body.resume();
  body.push(null);
  await expect.poll(() => entered).toEqual(['a', 'b']);
});

it('a streamed answer that breaks, even before anybody reads it, gives its place back', async () => {
  const { entered, handle, answer } = limited(1, 1);
  const first = handle(request('a'));
  void handle(request('b'));
  const body = new Readable({ read: () => undefined }).on('error', () => undefined);
  body.destroy(new Error('broken'));
  answer('a', body);
  await first;
  await expect.poll(() => entered).toEqual(['a', 'b']);
});

it('CONTAINER_CONCURRENCY: one at the runtime, ten wait, the twelfth is a 503 with Retry-After', async () => {
  const runtime = await scriptedRuntime(() => undefined);
  const agent = await startTestAgent(runtime.port, [], { CONTAINER_CONCURRENCY: '1' });
  const clients = await Promise.all(Array.from({ length: 12 }, () => rawClient(agent.port)));
  for (const client of clients) client.send(infer());
  const refused = await Promise.any(clients.map((client) => client.until((all) => all.includes('\r\n\r\n'))));
  expect(refused).toMatch(/^HTTP\/1.1 503 /);
  expect(refused).toContain('Retry-After: 1\r\n');
  expect(runtime.requests).toHaveLength(1);
  for (let done = 1; done <= 11; done++) {
    runtime.connections[0]?.socket.write(ok('{}'));
    if (done < 11) await expect.poll(() => runtime.requests.length).toBe(done + 1);
  }
  await expect.poll(() => clients.filter((client) => client.received().includes(' 200 ')).length).toBe(11);
  expect(runtime.connections).toHaveLength(1);
});
