// Orders to the runtime arrive once or fail with a code: no hidden second load, no endless wait, no endless answer.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { openRuntimeCalls, type RuntimeCall, type RuntimeCalls } from '../../../src/puller/runtime/runtime-call.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-ports.ts';
import { serveBytes, serveHttp } from '../../support/runtimes/probed.ts';

const never = new AbortController().signal;
const get: RuntimeCall = { method: 'GET', path: '/', deadlineMs: 10_000, signal: never };

function callsTo(port: number, host = '127.0.0.1'): RuntimeCalls {
  const calls = openRuntimeCalls({ host, port });
  onTestFinished(() => calls[Symbol.asyncDispose]());
  return calls;
}

it('method, path and body arrive as given, and status and text come back', async () => {
  const seen: unknown[] = [];
  const runtime = await serveHttp(async (request, response) => {
    const { 'content-type': type, 'content-length': length, 'transfer-encoding': coding } = request.headers;
    seen.push([request.method, request.url, type, length, coding, String(await buffer(request))]);
    response.writeHead(503, { location: '/elsewhere' }).end('{"error":"no"}');
  });
  const calls = callsTo(runtime.port);
  const answer = await calls.call({ ...get, method: 'POST', path: '/v2/a%2Fb?c=1', body: '{}' });
  expect(answer).toEqual({ status: 503, text: '{"error":"no"}', cut: false });
  await calls.call({ ...get, method: 'DELETE', path: '/x' });
  expect(seen).toEqual([
    ['POST', '/v2/a%2Fb?c=1', 'application/json', '2', undefined, '{}'],
    ['DELETE', '/x', undefined, undefined, undefined, ''],
  ]);
});

it('a redirect is an answer', async () => {
  const runtime = await serveHttp((_request, response) => response.writeHead(307, { location: '/' }).end());
  expect((await callsTo(runtime.port).call(get)).status).toBe(307);
});

it('calls one after another share a connection', async () => {
  const runtime = await serveHttp((_request, response) => response.end('yes'));
  const calls = callsTo(runtime.port);
  for (let count = 0; count < 3; count++) await calls.call(get);
  expect(runtime.accepted()).toBe(1);
});

/** Answers the first call of each connection, and ends the connection when a second one comes. */
function forgetful(orders: string[]): (request: IncomingMessage, response: ServerResponse) => void {
  const used = new WeakSet<object>();
  return (request, response) => {
    orders.push(request.url ?? '');
    if (used.has(request.socket)) request.socket.resetAndDestroy();
    else response.end('yes');
    used.add(request.socket);
  };
}

it('an order on a connection that had died meanwhile is sent once more, on a new one', async () => {
  const orders: string[] = [];
  const runtime = await serveHttp(forgetful(orders));
  const calls = callsTo(runtime.port);
  await calls.call({ ...get, path: '/a' });
  expect(await calls.call({ ...get, path: '/b', method: 'POST', body: '{}' })).toMatchObject({ status: 200 });
  expect(orders).toEqual(['/a', '/b', '/b']);
});

it('a reset on a new connection is the end: the order may be what killed the runtime', async () => {
  let orders = 0;
  const runtime = await serveHttp((request) => {
    orders += 1;
    request.socket.resetAndDestroy();
  });
  await expect(callsTo(runtime.port).call(get)).rejects.toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
  expect(orders).toBe(1);
});

it.each([
  ['an answer that breaks off', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'],
  ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['no answer at all', ''],
])('%s is UPSTREAM_UNREACHABLE', async (_what, bytes) => {
  const runtime = await serveBytes(bytes);
  await expect(callsTo(runtime.port).call(get)).rejects.toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
});

it('a closed port and a host without address are UPSTREAM_UNREACHABLE', async () => {
  const code = 'UPSTREAM_UNREACHABLE';
  const port = await freePort();
  await expect(callsTo(port).call(get)).rejects.toMatchObject({ code });
  await expect(callsTo(port, 'nowhere.invalid').call(get)).rejects.toMatchObject({ code });
  await expect(callsTo(port, 'localhost').call(get)).rejects.toMatchObject({ code, message: /ECONNREFUSED/ });
});

it.each([
  ['before', (_response: ServerResponse) => undefined],
  ['within', (response: ServerResponse) => void response.write('half')],
])('a runtime that falls silent %s its answer is UPSTREAM_TIMEOUT, and its connection ends', async (_when, start) => {
  const runtime = await serveHttp((_request, response) => start(response));
  const call = callsTo(runtime.port).call({ ...get, deadlineMs: 50 });
  await expect(call).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  await eventually('the connection ends', () => runtime.open() === 0);
});

it('an abort ends the call with its own reason and never starts it again, used connection or not', async () => {
  const asked: string[] = [];
  const runtime = await serveHttp((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/') response.end();
  });
  const calls = callsTo(runtime.port);
  await calls.call(get);
  const gone = new AbortController();
  const call = calls.call({ ...get, path: '/hangs', signal: gone.signal });
  const failed = expect(call).rejects.toThrow('enough');
  await eventually('the runtime was asked', () => asked.length === 2);
  gone.abort(new Error('enough'));
  await failed;
  await eventually('the connection ends', () => runtime.open() === 0);
  await calls.call(get);
  expect(asked).toEqual(['/', '/hangs', '/']);
  await expect(calls.call({ ...get, signal: gone.signal })).rejects.toThrow('enough');
});

it('disposal ends what is under way and closes idle connections', async () => {
  let asked = 0;
  const runtime = await serveHttp((request, response) => {
    asked += 1;
    if (request.url === '/') response.end();
  });
  const calls = callsTo(runtime.port);
  await calls.call(get);
  const failed = expect(calls.call({ ...get, path: '/hangs' })).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  await Promise.all([calls.call(get), eventually('asked', () => asked === 3)]);
  await calls[Symbol.asyncDispose]();
  await failed;
  await eventually('all connections end', () => runtime.open() === 0);
});

it('an answer without end is cut, and its connection ends', async () => {
  const runtime = await serveHttp(async (_request, response) => {
    while (!response.destroyed) if (!response.write('x'.repeat(50_000))) await once(response, 'drain').catch(() => 0);
  });
  const { text, cut } = await callsTo(runtime.port).call({ ...get, maxAnswerBytes: 100_000 });
  expect([text.length, cut]).toEqual([100_000, true]);
  await eventually('the connection ends', () => runtime.open() === 0);
});

it('an answer of just the limit is whole', async () => {
  const runtime = await serveHttp((_request, response) => response.end('x'.repeat(1000)));
  const { text, cut } = await callsTo(runtime.port).call({ ...get, maxAnswerBytes: 1000 });
  expect([text.length, cut]).toEqual([1000, false]);
});
