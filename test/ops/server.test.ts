// Does the operator's port answer what it documents, refuse what it does not know, and close when told to?
import { EventEmitter, once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { OutriggerError } from '../../src/errors.ts';
import type { Log } from '../../src/log.ts';
import { openMetrics } from '../../src/metrics.ts';
import { listenOps, type OpsServer } from '../../src/ops/server.ts';
import type { StatusSource } from '../../src/ops/status.ts';
import { readExposition } from './exposition-reader.ts';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const part of open.splice(0)) await part[Symbol.asyncDispose]();
});

const serving: StatusSource = {
  version: '1.2.3',
  startedAtMs: Date.now() - 5_000,
  config: {
    effective: { port: 9081, 'log-url': 'http://user:***@sink/' },
    notices: ['--log-store-path: no effect'],
    batcher: null,
    logger: null,
  },
  readiness: () => Promise.resolve({ ready: true, reasons: [] }),
  drainState: () => 'serving',
};

function openLines(): { log: Log; lines: { level: string; fields: object }[] } {
  const lines: { level: string; fields: object }[] = [];
  const at = (level: string) => (fields: object) => void lines.push({ level, fields });
  return { log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines };
}

async function listen(source: Partial<StatusSource> = {}, log = openLines().log) {
  const metrics = openMetrics({ version: '1.2.3' });
  const status = { ...serving, ...source };
  const ops = await listenOps({ host: '127.0.0.1', port: 0, metrics, status, log });
  open.push(ops);
  return { ops, metrics };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function ask({ port }: OpsServer, path: string, method = 'GET'): Promise<Answer> {
  const call = request({ host: '127.0.0.1', port, path, method, agent: false }).end();
  const [answer] = await once(call, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks).toString() };
}

test('/metrics is valid exposition text and shows what was recorded', async () => {
  const { ops, metrics } = await listen();
  metrics.inFlight.add(2);
  const { status, headers, body } = await ask(ops, '/metrics');
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  const families = readExposition(body);
  expect(families.get('outrigger_requests_in_flight')?.series[0]?.value).toBe(2);
  expect(families.get('outrigger_build_info')?.series[0]?.labels.version).toBe('1.2.3');
});

test('/livez is alive also while the runtime is not ready', async () => {
  const { ops } = await listen({ readiness: () => Promise.resolve({ ready: false, reasons: ['down'] }) });
  expect(await ask(ops, '/livez')).toMatchObject({ status: 200, body: 'ok' });
});

test('/readyz is 200 when the runtime is ready, and 503 with the reasons when not', async () => {
  const { ops } = await listen();
  const ready = await ask(ops, '/readyz');
  expect([ready.status, JSON.parse(ready.body)]).toEqual([200, { ready: true, reasons: [] }]);
  const { ops: other } = await listen({
    readiness: () => Promise.resolve({ ready: false, reasons: ['port 8080: refused'] }),
  });
  const unready = await ask(other, '/readyz');
  expect([unready.status, JSON.parse(unready.body)]).toEqual([503, { ready: false, reasons: ['port 8080: refused'] }]);
});

test('/readyz fails while the agent drains, though the runtime is ready', async () => {
  const { ops } = await listen({ drainState: () => 'draining' });
  const { status, body } = await ask(ops, '/readyz');
  expect([status, JSON.parse(body)]).toEqual([503, { ready: false, reasons: ['shutting down: draining'] }]);
});

test('/status has the documented shape', async () => {
  const { ops, metrics } = await listen();
  metrics.connections('http2').add(3);
  metrics.upstreamConnections.idle.set(4);
  const { status, headers, body } = await ask(ops, '/status');
  expect([status, headers['content-type'], headers['cache-control']]).toEqual([200, 'application/json', 'no-store']);
  expect(JSON.parse(body)).toEqual({
    schemaVersion: 1,
    traffic: expect.objectContaining({ byProtocol: { http1: 0, http2: 0, grpc: 0 }, relayedGrpc: null, errors: {} }),
    lanes: {
      ...{ http1: 'node', grpc: 'node', grpcOffBecause: '--lanes off', reads: null },
      connections: { http1_plain: 0, http1_node: 0, http2_relay: 0, http2_node: 0 },
    },
    version: '1.2.3',
    nodeVersion: process.version,
    pid: process.pid,
    startedAt: new Date(serving.startedAtMs).toISOString(),
    uptimeSeconds: expect.toSatisfy((seconds: number) => Number.isInteger(seconds) && seconds >= 5),
    readiness: { ready: true, reasons: [] },
    drain: 'serving',
    requests: { inFlight: 0, queued: 0, tunnels: 0 },
    connections: { http1: 0, http2: 3 },
    upstream: { busy: 0, idle: 4, sessions: 0 },
    batching: null,
    logging: null,
    models: null,
    notices: serving.config.notices,
    config: serving.config.effective,
  });
});

test('/status?brief is the same without what does not change, and other parameters mean nothing', async () => {
  const { ops } = await listen();
  const [whole, brief] = [await ask(ops, '/status?x=1&wait=%zz'), await ask(ops, '/status?brief&x=1')];
  const { notices, config, ...rest } = JSON.parse(whole.body);
  expect([notices, config]).toEqual([serving.config.notices, serving.config.effective]);
  expect(JSON.parse(brief.body)).toEqual({ ...rest, uptimeSeconds: expect.any(Number) });
});

test('/ lists every page, and an unknown path is a 404 that does too', async () => {
  const { ops } = await listen();
  const { body } = await ask(ops, '/?x=1');
  const missing = await ask(ops, '/metrics/');
  const { pages } = JSON.parse(missing.body);
  expect(missing.status).toBe(404);
  expect(pages).toEqual(['/metrics', '/livez', '/readyz', '/status', '/models', '/']);
  for (const page of pages) expect(body).toContain(page);
});

test('HEAD has the headers of GET and no body', async () => {
  const { ops } = await listen();
  const [head, get] = [await ask(ops, '/livez', 'HEAD'), await ask(ops, '/livez')];
  expect([head.status, head.body, head.headers['content-length']]).toEqual([200, '', get.headers['content-length']]);
});

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is a 405 that says what is allowed', async (method) => {
  const { ops } = await listen();
  const { status, headers, body } = await ask(ops, '/metrics', method);
  expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
  expect(JSON.parse(body).error).toContain(method);
});

test('a connection that brings a body is answered and closed', async () => {
  const { ops } = await listen();
  const socket = connect(ops.port, '127.0.0.1');
  socket.write('POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc');
  const text = await readToEnd(socket);
  expect(text).toMatch(/^HTTP\/1\.1 405 /);
  expect(text).toMatch(/^connection: close/im);
});

test('a page that fails is a 500 without details, and an ERROR in the log', async () => {
  const { log, lines } = openLines();
  const fault = new Error('secret detail');
  const { ops } = await listen({ readiness: () => Promise.reject(fault) }, log);
  const { status, body } = await ask(ops, '/readyz');
  expect([status, JSON.parse(body)]).toEqual([500, { error: 'internal error; see the log' }]);
  expect(lines).toEqual([{ level: 'error', fields: { err: fault, path: '/readyz' } }]);
});

test('a port in use is an error that names the port and the remedy', async () => {
  const { ops } = await listen();
  const metrics = openMetrics();
  const second = listenOps({ host: '127.0.0.1', port: ops.port, metrics, status: serving, log: openLines().log });
  const error = await second.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OutriggerError);
  expect((error as OutriggerError).code).toBe('PORT_UNAVAILABLE');
  expect((error as OutriggerError).message).toContain(String(ops.port));
  expect((error as OutriggerError).message).toContain('--metrics-port');
  expect((error as OutriggerError).cause).toMatchObject({ code: 'EADDRINUSE' });
});

test('an address that is not ours is the same error, with the reason of the system', async () => {
  const options = { host: '192.0.2.1', port: 0, metrics: openMetrics(), status: serving, log: openLines().log };
  await expect(listenOps(options)).rejects.toMatchObject({
    code: 'PORT_UNAVAILABLE',
    cause: { code: 'EADDRNOTAVAIL' },
  });
});

test('the empty host binds every interface', async () => {
  const ops = await listenOps({ host: '', port: 0, metrics: openMetrics(), status: serving, log: openLines().log });
  open.push(ops);
  expect((await ask(ops, '/livez')).status).toBe(200);
});

test('dispose closes idle keep-alive connections, ends a stuck answer, frees the port, and may be called twice', async () => {
  const asked = new EventEmitter();
  const { ops } = await listen({
    readiness() {
      asked.emit('asked');
      return new Promise<never>(() => undefined);
    },
  });
  const idle = connect(ops.port, '127.0.0.1');
  idle.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(idle, 'data');
  const stuck = connect(ops.port, '127.0.0.1');
  stuck.on('error', () => stuck.destroy());
  stuck.write('GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(asked, 'asked');
  const closed = Promise.all([once(idle.resume(), 'close'), once(stuck.resume(), 'close')]);
  await ops[Symbol.asyncDispose]();
  await closed;
  await ops[Symbol.asyncDispose]();
  const successor = createServer().listen(ops.port, '127.0.0.1');
  await once(successor, 'listening');
  successor.close();
});

test('the lag and the busy time of the event loop are sampled while the port is open', async () => {
  const { metrics } = await listen();
  await vi.waitFor(() => expect(metrics.eventLoopLag.count).toBeGreaterThan(0), { timeout: 10_000, interval: 50 });
  expect(metrics.eventLoopActive.value).toBeGreaterThan(0);
});

async function readToEnd(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => socket.destroy()); // a reset after the answer ends it as well
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}
