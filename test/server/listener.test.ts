// One port: who speaks what, how many may come, and what becomes of those who come early or late.
import { once } from 'node:events';
import { connect } from 'node:http2';
import { connect as connectTcp, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startAgent } from '../../src/agent.ts';
import { readConfig } from '../../src/config/read.ts';
import { openMetrics } from '../../src/metrics.ts';
import { bindListener } from '../../src/server/listener.ts';
import { eventually } from '../support/eventually.ts';
import { rawClient } from '../support/raw-client.ts';
import { answering, rawRuntime } from '../support/raw-runtime.ts';
import { startTestAgent } from '../support/test-agent.ts';

const get = 'GET /v2 HTTP/1.1\r\nHost: h\r\n\r\n';
const http2Preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const emptySettings = '\0\0\0\x04\0\0\0\0\0';
const silentLog = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

async function startAnswering(flags: readonly string[] = []) {
  const runtime = await rawRuntime(answering());
  return startTestAgent(runtime.port, flags);
}

describe('the first bytes', () => {
  it('may come one at a time: HTTP/1.1', async () => {
    const agent = await startAnswering();
    const client = await rawClient(agent.port);
    for (const byte of get) {
      client.send(byte);
      await new Promise(setImmediate);
    }
    await client.until((text) => text.endsWith('{"ok":true}'));
  });

  it('may come one at a time: HTTP/2', async () => {
    const agent = await startAnswering();
    const client = await rawClient(agent.port);
    for (const byte of http2Preface + emptySettings) {
      client.send(byte);
      await new Promise(setImmediate);
    }
    await client.until((text) => text.startsWith('\0\0') && text.includes('\x04')); // a SETTINGS frame
    expect(agent.metrics.connections('http2').value).toBe(1);
  });

  it.each([
    ['of an HTTP/1.1 method that begins like the preface', 'PROPFIND / HTTP/1.1\r\nHost: h\r\n\r\n', /^HTTP\/1\.1 \d/],
    ['of a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', /^HTTP\/1\.1 400 /],
    ['of nothing known', '\0\0\0\0\0\0', /^HTTP\/1\.1 400 /],
    ['of a broken preface', 'PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n', /^/],
  ])('%s are answered or closed, and the agent lives', async (_, bytes, answer) => {
    const agent = await startAnswering();
    const client = await rawClient(agent.port);
    client.send(bytes);
    client.socket.end();
    expect(await client.closed()).toMatch(answer);
    const next = await rawClient(agent.port);
    next.send(get);
    await next.until((text) => text.endsWith('{"ok":true}'));
  });

  it.each(['', 'P', 'PR'])('that end after %j cost nothing', async (bytes) => {
    const agent = await startAnswering();
    const client = await rawClient(agent.port);
    client.socket.end(bytes);
    await client.closed();
    expect([agent.metrics.connections('http1').value, agent.metrics.connections('http2').value]).toEqual([0, 0]);
  });

  it.each(['', 'G', 'GE', 'GET / HT', http2Preface.slice(0, 2)])(
    'that stop after %j are waited for no longer than --headers-timeout',
    async (bytes) => {
      const agent = await startAnswering(['--headers-timeout', '200ms']);
      const client = await rawClient(agent.port);
      if (bytes !== '') client.send(bytes);
      await client.closed();
      expect(client.received()).toMatch(bytes.length > 2 ? /^HTTP\/1\.1 408 / : /^$/);
    },
  );

  it('of 20 clients that vanish at once are forgotten', async () => {
    const agent = await startAnswering();
    for (let i = 0; i < 20; i++) (await rawClient(agent.port)).socket.resetAndDestroy();
    const client = await rawClient(agent.port);
    client.send(get);
    await client.until((text) => text.endsWith('{"ok":true}'));
    client.socket.destroy();
    await eventually('no connection is left', () => agent.metrics.connections('http1').value === 0);
  });
});

describe('--max-connections', () => {
  it('answers one more with 503 and Retry-After, counts it, and serves again when one is gone', async () => {
    const agent = await startAnswering(['--max-connections', '2']);
    const [first, second] = [await rawClient(agent.port), await rawClient(agent.port)];
    for (const client of [first, second]) {
      client.send(get);
      await client.until((text) => text.endsWith('{"ok":true}'));
    }
    const third = await rawClient(agent.port);
    expect(await third.closed()).toMatch(/^HTTP\/1\.1 503 .*\r\nRetry-After: 1\r\n.*"error":/s);
    expect(agent.metrics.connectionsRefused.value).toBe(1);
    first.socket.destroy();
    await eventually('one connection is left', () => agent.metrics.connections('http1').value === 1);
    const fourth = await rawClient(agent.port);
    fourth.send(get);
    await fourth.until((text) => text.endsWith('{"ok":true}'));
  });

  it('is not used up by those who were refused', async () => {
    const agent = await startAnswering(['--max-connections', '1']);
    const first = await rawClient(agent.port);
    first.send(get);
    await first.until((text) => text.endsWith('{"ok":true}'));
    for (let i = 0; i < 10; i++) await rawClient(agent.port); // they stay and read nothing
    await eventually('ten are refused', () => agent.metrics.connectionsRefused.value === 10);
    first.socket.destroy();
    await eventually('no connection is left', () => agent.metrics.connections('http1').value === 0);
    const next = await rawClient(agent.port);
    next.send(get);
    await next.until((text) => text.endsWith('{"ok":true}'));
  });
});

describe('a bound port', () => {
  it('answers everybody who came before the agent served, in HTTP/1.1 and HTTP/2', async () => {
    const runtime = await rawRuntime(answering());
    const config = readConfig({
      argv: ['--host', '127.0.0.1', '--port', '0', '--metrics-port', '0', '--component-port', String(runtime.port)],
      env: {},
    });
    const listener = await bindListener(config.listener);
    onTestFinished(() => listener[Symbol.asyncDispose]());
    const early = await Promise.all(Array.from({ length: 20 }, () => rawClient(listener.port)));
    for (const client of early) client.send(get);
    const session = connect(`http://127.0.0.1:${listener.port}`);
    onTestFinished(() => session.destroy());
    const answered = once(session, 'remoteSettings');
    await once(session, 'connect');
    const agent = await startAgent({ config, listener, log: silentLog, metrics: openMetrics() });
    onTestFinished(() => agent[Symbol.asyncDispose]());
    for (const client of early) await client.until((text) => text.endsWith('{"ok":true}'));
    await answered;
  });

  it('that is in use is one error that names it', async () => {
    const owner = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void owner.close());
    await once(owner, 'listening');
    const { port } = owner.address() as { port: number };
    const { listener } = readConfig({ argv: ['--host', '127.0.0.1', '--port', String(port)], env: {} });
    await expect(bindListener(listener)).rejects.toMatchObject({
      code: 'PORT_UNAVAILABLE',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });

  it.each([
    ['all interfaces take IPv4 and IPv6', [], ['127.0.0.1', '::1'], []],
    ['an IPv4 address takes no IPv6', ['--host', '127.0.0.1'], ['127.0.0.1'], ['::1']],
    ['an IPv6 address takes no IPv4', ['--host', '::1'], ['::1'], ['127.0.0.1']],
  ])('%s', async (_, flags, reached, refused) => {
    const agent = await startAnswering(['--host', '', ...flags].slice(flags.length > 0 ? 2 : 0));
    for (const host of reached) {
      const client = await rawClient(agent.port, host);
      client.send(get);
      await client.until((text) => text.endsWith('{"ok":true}'));
    }
    for (const host of refused)
      await expect(rawClient(agent.port, host)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('a port that closes', () => {
  // A machine that stands still for 200 ms brings the request too late.
  it('serves connections that were open but silent, while a request may be on its way', { retry: 3 }, async () => {
    const agent = await startAnswering();
    const client = await rawClient(agent.port);
    await eventually('the connection is accepted', () => agent.metrics.connectionsTotal.value === 1);
    const drained = agent.agent.drain();
    agent.agent.hurry();
    await untilRefused(agent.port);
    client.send(get);
    expect(await client.closed()).toMatch(/\r\nConnection: close\r\n.*\{"ok":true\}$/s);
    expect(await drained).toBe(0);
  });

  it('ends idle connections, and leaves none that said only half a request', async () => {
    const agent = await startAnswering();
    const idle = await rawClient(agent.port);
    idle.send(get);
    await idle.until((text) => text.endsWith('{"ok":true}'));
    const half = await rawClient(agent.port);
    half.send('GET / HT');
    const silent = await rawClient(agent.port);
    agent.agent.hurry();
    expect(await agent.agent.drain()).toBe(0);
    await agent.agent[Symbol.asyncDispose]();
    for (const client of [idle, half, silent]) await client.closed();
  });

  it('waits for the rest of a request whose first bytes came before', async () => {
    const agent = await startAnswering();
    const idle = await rawClient(agent.port);
    const client = await rawClient(agent.port);
    client.send('GET / HT');
    agent.agent.hurry();
    const drained = agent.agent.drain();
    await idle.closed(); // from here on only those that began to ask are left
    client.send('TP/1.1\r\nHost: h\r\n\r\n');
    await client.until((text) => text.endsWith('{"ok":true}'));
    expect(await drained).toBe(0);
  });
});

/** Knocks until nobody opens. */
async function untilRefused(port: number): Promise<void> {
  for (;;) {
    const socket = connectTcp(port, '127.0.0.1');
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (!open) return;
  }
}
