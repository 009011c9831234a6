import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openReadiness } from '../../src/readiness/readiness.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-ports.ts';
import { httpGet, readinessOf, tcpSocket } from '../support/runtimes/checks.ts';
import { serve, serveHttp, serveLate, serveSilence } from '../support/runtimes/probed.ts';

const READY = { ready: true, reasons: [] };
const once = { timeoutMs: 1000, periodMs: 10_000, successThreshold: 1 };
const aggressive = { timeoutMs: 1000, periodMs: 0, successThreshold: 1 };

describe('one attempt', () => {
  it('a refused port is named with kind, host, port and path', async () => {
    const port = await freePort();
    expect(await readinessOf({ check: httpGet(port) }).check()).toEqual({
      ready: false,
      reasons: [`httpGet http://127.0.0.1:${port}/v2/health/ready: connection refused`],
    });
    expect(await readinessOf({ check: tcpSocket(port) }).check()).toEqual({
      ready: false,
      reasons: [`tcpSocket 127.0.0.1:${port}: connection refused`],
    });
  });

  it('a tcpSocket probe is ready when the port accepts, and leaves no connection behind', async () => {
    const runtime = await serve(createServer((socket) => socket.resume()));
    expect(await readinessOf({ check: tcpSocket(runtime.port) }).check()).toEqual(READY);
    await eventually('the connection was seen and closed', () => runtime.accepted() === 1 && runtime.open() === 0);
  });

  it('a runtime that never answers is not ready after the timeout, and its connection is closed', async () => {
    const runtime = await serveSilence();
    const readiness = readinessOf({ check: httpGet(runtime.port), settings: { timeoutMs: 60 } });
    expect(await readiness.check()).toEqual({
      ready: false,
      reasons: [`httpGet http://127.0.0.1:${runtime.port}/v2/health/ready: no answer within 60 ms`],
    });
    await eventually('no connection is left', () => runtime.open() === 0);
    expect(runtime.accepted()).toBe(1);
  });

  it('no timer survives a run', async () => {
    const runtime = await serveHttp((_request, response) => response.end());
    const readiness = readinessOf({ check: httpGet(runtime.port), settings: { timeoutMs: 3_600_000 } });
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    await readiness.check();
    expect(timers()).toBeLessThanOrEqual(before);
  });
});

describe('verdicts', () => {
  it('are never remembered: a runtime that dies and comes back without its models is seen each time', async () => {
    const first = await serveHttp((_request, response) => response.end());
    const readiness = readinessOf({ check: httpGet(first.port) });
    expect((await readiness.check()).ready).toBe(true);
    await first.stop();
    expect((await readiness.check()).reasons[0]).toContain('connection refused');
    let status = 400; // Triton's answer while its models load
    const second = await serveHttp((_request, response) => response.writeHead(status).end(), first.port);
    expect((await readiness.check()).reasons).toEqual([
      `httpGet http://127.0.0.1:${second.port}/v2/health/ready: status 400`,
    ]);
    status = 200;
    expect(await readiness.check()).toEqual(READY);
  });

  it('need every probe, and name each that fails', async () => {
    const runtime = await serveHttp((_request, response) => response.end());
    const refused = await freePort();
    const checks = [tcpSocket(runtime.port), tcpSocket(refused), httpGet(refused)];
    const probes = checks.map((check) => ({ ...once, check }));
    const readiness = openReadiness({ config: { probes, http2AutoDetection: false }, componentPort: refused });
    onTestFinished(() => readiness[Symbol.asyncDispose]());
    expect(await readiness.check()).toEqual({
      ready: false,
      reasons: [
        `tcpSocket 127.0.0.1:${refused}: connection refused`,
        `httpGet http://127.0.0.1:${refused}/v2/health/ready: connection refused`,
      ],
    });
  });

  it('say so when the failing port is not the component port', async () => {
    const port = await freePort();
    const probes = [{ ...once, check: tcpSocket(port) }];
    const readiness = openReadiness({ config: { probes, http2AutoDetection: false }, componentPort: 8080 });
    const { reasons } = await readiness.check();
    expect(reasons).toEqual([`tcpSocket 127.0.0.1:${port} (component port: 8080): connection refused`]);
  });

  it('set the gauge', async () => {
    const runtime = await serveHttp((_request, response) => response.end());
    const values: number[] = [];
    const readiness = openReadiness({
      config: { probes: [{ ...once, check: httpGet(runtime.port) }], http2AutoDetection: false },
      componentPort: runtime.port,
      metrics: { ready: { set: (value) => values.push(value) } },
    });
    await readiness.check();
    await runtime.stop();
    await readiness.check();
    expect(values).toEqual([1, 0]);
  });
});

describe('sharing', () => {
  it('callers at the same time share one connection and one verdict; the next caller asks anew', async () => {
    const waiting: (() => void)[] = [];
    const runtime = await serveHttp((_request, response) => waiting.push(() => response.end()));
    const readiness = readinessOf({ check: httpGet(runtime.port) });
    const verdicts = Array.from({ length: 50 }, () => readiness.check());
    await eventually('the runtime was asked', () => waiting.length > 0);
    verdicts.push(readiness.check());
    for (const answer of waiting) answer();
    for (const verdict of await Promise.all(verdicts)) expect(verdict).toEqual(READY);
    expect(runtime.accepted()).toBe(1);
    const again = readiness.check();
    await eventually('the runtime was asked again', () => waiting.length === 2);
    waiting[1]?.();
    expect(await again).toEqual(READY);
    expect(runtime.accepted()).toBe(2);
  });
});

describe('aggressive mode (periodMs 0)', () => {
  it('waits for a runtime that comes up while it polls', async () => {
    const port = await freePort();
    const readiness = readinessOf({ check: httpGet(port), settings: aggressive });
    const verdict = readiness.check();
    await serveLate(port, 4);
    expect(await verdict).toEqual(READY);
  });

  it('needs the successes in a row: a flapping runtime starts the count again', async () => {
    const statuses = [200, 200, 503, 200, 503, 200, 200, 200, 503];
    let asked = 0;
    const runtime = await serveHttp((_request, response) => response.writeHead(statuses[asked++] ?? 500).end());
    const settings = { ...aggressive, successThreshold: 3 };
    expect(await readinessOf({ check: httpGet(runtime.port), settings }).check()).toEqual(READY);
    expect(asked).toBe(8);
  });

  it('gives up at its deadline and says what happened last', async () => {
    const runtime = await serveHttp((_request, response) => response.writeHead(503).end());
    const readiness = readinessOf({ check: httpGet(runtime.port), settings: aggressive, pollDeadlineMs: 250 });
    expect((await readiness.check()).reasons).toEqual([
      `httpGet http://127.0.0.1:${runtime.port}/v2/health/ready: status 503 (polled for 250 ms)`,
    ]);
    expect(runtime.accepted()).toBeLessThanOrEqual(4);
  });

  it('gives up on a runtime that is ready too seldom, and says how far it came', async () => {
    const runtime = await serveHttp((_request, response) => response.end());
    const settings = { ...aggressive, successThreshold: 1000 };
    const { reasons } = await readinessOf({ check: httpGet(runtime.port), settings, pollDeadlineMs: 250 }).check();
    expect(reasons[0]).toMatch(/: [1-4] of 1000 successes in a row \(polled for 250 ms\)$/);
  });
});

describe('a look', () => {
  it('answers after one attempt also in aggressive mode, and names the port that fails', async () => {
    const port = await freePort();
    const readiness = readinessOf({ check: tcpSocket(port), settings: aggressive, pollDeadlineMs: 3_600_000 });
    expect(await readiness.look()).toEqual({
      ready: false,
      reasons: [`tcpSocket 127.0.0.1:${port}: connection refused`],
    });
  });

  it('is one connection for all who look at the same time, and never one of a check', async () => {
    const runtime = await serveHttp((_request, response) => response.end());
    const readiness = readinessOf({ check: httpGet(runtime.port), settings: aggressive });
    expect(await Promise.all([readiness.look(), readiness.look(), readiness.check()])).toEqual([READY, READY, READY]);
    expect(runtime.accepted()).toBe(2);
  });
});

describe('closing', () => {
  it('ends a run under way: its callers hear that the agent stops, and its sockets are closed', async () => {
    const runtime = await serveSilence();
    const readiness = readinessOf({ check: httpGet(runtime.port), settings: { timeoutMs: 3_600_000 } });
    const verdict = readiness.check();
    await eventually('the runtime was asked', () => runtime.open() === 1);
    await readiness[Symbol.asyncDispose]();
    const stopped = `httpGet http://127.0.0.1:${runtime.port}/v2/health/ready: the agent is stopping`;
    expect(await verdict).toEqual({ ready: false, reasons: [stopped] });
    await eventually('no connection is left', () => runtime.open() === 0);
  });

  it('ends polling between and within attempts; a later check is not ready; twice is harmless', async () => {
    const port = await freePort();
    const readiness = readinessOf({ check: tcpSocket(port), settings: aggressive, pollDeadlineMs: 3_600_000 });
    const verdict = readiness.check();
    await new Promise((resolve) => setImmediate(resolve));
    await readiness[Symbol.asyncDispose]();
    await readiness[Symbol.asyncDispose]();
    expect((await verdict).reasons).toEqual([`tcpSocket 127.0.0.1:${port}: the agent is stopping`]);
    expect(await readiness.check()).toEqual({ ready: false, reasons: ['the agent is stopping'] });
  });

  it('ends a pause between two polls', async () => {
    const runtime = await serveHttp((_request, response) => response.writeHead(503).end());
    const readiness = readinessOf({ check: httpGet(runtime.port), settings: aggressive, pollDeadlineMs: 3_600_000 });
    const verdict = readiness.check();
    await eventually('an attempt has ended', () => runtime.accepted() > 0 && runtime.open() === 0);
    await readiness[Symbol.asyncDispose]();
    expect((await verdict).reasons[0]).toContain('the agent is stopping');
  });
});
