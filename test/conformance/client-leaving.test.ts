// Fault catalogue, rows 35-37: clients that are slow, that leave, or that only ended their side.
import { describe, expect, it } from 'vitest';
import { type RawClient, rawClient } from '../support/raw-client.ts';
import { answering, type RawRuntime, rawRuntime } from '../support/raw-runtime.ts';
import { startTestAgent } from '../support/test-agent.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const streamHead = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const upload = (bytes: number, extra = '') => `POST / HTTP/1.1\r\nHost: a\r\n${extra}Content-Length: ${bytes}\r\n\r\n`;

/** Far below every timeout of the agent, and far above a second on a machine that stands still at times. */
const soon = { timeout: 10_000, interval: 10 };

async function behindAgent(runtime: RawRuntime, flags: readonly string[] = []) {
  const agent = await startTestAgent(runtime.port, flags);
  return { agent, client: await rawClient(agent.port) };
}

describe('36 a client that vanishes cancels its call', () => {
  const leaving: readonly (readonly [how: string, leave: (client: RawClient) => void])[] = [
    ['FIN', (client) => client.socket.destroy()],
    ['RST', (client) => client.socket.resetAndDestroy()],
  ];
  const phases: readonly (readonly [phase: string, request: string, answer: string, began: RegExp])[] = [
    ['while the runtime thinks', get, '', /^GET/],
    ['while the runtime thinks about a POST', `${upload(2)}{}`, '', /\{\}$/],
    ['while the runtime thinks about a large POST', `${upload(100_000)}${'x'.repeat(100_000)}`, '', /x$/],
    ['in mid-upload', `${upload(1_000_000)}abc`, '', /abc$/],
    [
      'in mid-upload by chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
      '',
      /abc\r\n$/,
    ],
    ['before its 100', `${upload(5, 'Expect: 100-continue\r\n')}`, '', /\r\n\r\n$/],
  ];
  const cases = leaving.flatMap(([how, leave]) =>
    phases.map(([phase, request, answer, began]) => ({ name: `${phase}, by ${how}`, leave, request, answer, began })),
  );

  it.each(cases)('$name', async ({ leave, request, began }) => {
    const runtime = await rawRuntime();
    const { agent, client } = await behindAgent(runtime);
    client.send(request);
    await expect.poll(() => runtime.received()).toMatch(began);
    leave(client);
    await expect.poll(() => runtime.connections[0]?.ended(), soon).toBe(true);
    await expect.poll(() => agent.metrics.inFlight.value).toBe(0);
  });

  it.each(leaving)('in mid-download, by %s', async (_how, leave) => {
    const runtime = await rawRuntime(({ socket }) => {
      socket.write(streamHead);
      const block = `10000\r\n${'x'.repeat(65_536)}\r\n`;
      const more = (): void => {
        while (!socket.destroyed && socket.write(block));
      };
      socket.on('drain', more);
      more();
    });
    const { client } = await behindAgent(runtime);
    client.send(get);
    await client.until((text) => text.length > 1_000_000);
    leave(client);
    await expect.poll(() => runtime.connections[0]?.ended(), soon).toBe(true);
  });

  it('a request that waits for the rest of a small body never reaches the runtime', async () => {
    const runtime = await rawRuntime();
    const { agent, client } = await behindAgent(runtime);
    client.send(`${upload(100)}abc`);
    await expect.poll(() => agent.metrics.inFlight.value).toBe(1);
    client.socket.resetAndDestroy();
    await expect.poll(() => agent.metrics.inFlight.value).toBe(0);
    expect(runtime.connections).toHaveLength(0);
  });
});

describe('37 a client that ends its side after the request is answered', () => {
  const requests: readonly (readonly [name: string, request: string])[] = [
    ['GET', get],
    ['POST', `${upload(2)}{}`],
    ['large POST', `${upload(200_000)}${'y'.repeat(199_997)}xxx`],
    ['chunks', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n'],
    ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n'],
  ];
  const ends = ['{}', 'xxx', '\r\n0\r\n\r\n', '1\r\n\r\n']; // of the requests as they arrive

  it.each([0, 1500])('each of them after %d ms', async (waitMs) => {
    const runtime = await rawRuntime(({ socket, received }) => {
      if (!ends.some((end) => received().endsWith(end))) return;
      if (waitMs === 0) socket.write(ok);
      else setTimeout(() => socket.write(ok), waitMs);
    });
    const agent = await startTestAgent(runtime.port);
    const answers = requests.map(async ([name, request]) => {
      const client = await rawClient(agent.port);
      client.send(request);
      client.socket.end();
      const answer = await client.closed();
      // Meanwhile it may have been asked by one 100 whether it is still there.
      expect(answer, name).toMatch(/^(HTTP\/1\.1 100 Continue\r\n\r\n)?HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nok$/);
      expect(client.failure(), name).toBeNull();
    });
    await Promise.all(answers);
  });

  it('a slow stream comes whole', async () => {
    const runtime = await rawRuntime(({ socket }) => {
      socket.write(`${streamHead}3\r\nabc\r\n`);
      setTimeout(() => socket.write('3\r\ndef\r\n0\r\n\r\n'), 1500);
    });
    const { client } = await behindAgent(runtime);
    client.send(get);
    client.socket.end();
    expect(await client.closed()).toMatch(/\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n$/);
  });

  it('three pipelined requests are all answered', async () => {
    const { client } = await behindAgent(await rawRuntime(answering()));
    client.send(get.repeat(3));
    client.socket.end();
    expect((await client.closed()).split('{"ok":true}')).toHaveLength(4);
  });
});

describe('35 slow clients', () => {
  it('a slow head is cut by --headers-timeout with 408', async () => {
    const { client } = await behindAgent(await rawRuntime(), ['--headers-timeout', '300ms']);
    client.send('GET / HTTP/1.1\r\nHost: a\r\nX-Slow');
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 408 [\s\S]*\r\nConnection: close\r\n[\s\S]*\{"error":/);
    expect(client.failure()).toBeNull();
  });

  it.each(['', 'GE'])('a connection that says %j and no more is closed', async (bytes) => {
    const { client } = await behindAgent(await rawRuntime(), ['--headers-timeout', '300ms']);
    client.send(bytes);
    await client.closed();
    expect(client.failure()).toBeNull();
  });

  it('a slow second head on a kept connection is cut too', async () => {
    const { client } = await behindAgent(await rawRuntime(answering()), ['--headers-timeout', '300ms']);
    client.send(get);
    await client.until((text) => text.includes('{"ok":true}'));
    client.send('GET / HT');
    expect(await client.closed()).toMatch(/\{"ok":true\}HTTP\/1\.1 408 /);
  });

  it('a slow body is not cut, small or large or by chunks', async () => {
    const runtime = await rawRuntime(({ socket, received }) => {
      if (['ab', 'xb', '\r\n0\r\n\r\n'].some((end) => received().endsWith(end))) socket.write(ok);
    });
    const { agent, client } = await behindAgent(runtime, [
      '--headers-timeout',
      '100ms',
      '--keep-alive-timeout',
      '100ms',
    ]);
    const clients = [client, await rawClient(agent.port), await rawClient(agent.port)];
    const firsts = [
      `${upload(2)}a`,
      `${upload(100_001)}${'x'.repeat(100_000)}`,
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na',
    ];
    for (const [index, one] of clients.entries()) one.send(firsts[index] as string);
    const until = Date.now() + 1500; // beyond every check of the two timeouts
    await expect.poll(() => Date.now()).toBeGreaterThan(until);
    for (const [index, one] of clients.entries()) one.send(['b', 'b', '\r\n0\r\n\r\n'][index] as string);
    for (const one of clients) expect(await one.until((text) => text.endsWith('ok'))).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('a slow reader is not cut', async () => {
    const length = 20_000_000;
    const runtime = await rawRuntime(({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${'x'.repeat(length)}`);
    });
    const { client } = await behindAgent(runtime, ['--headers-timeout', '100ms', '--keep-alive-timeout', '100ms']);
    client.send(get);
    await client.until((text) => text.length > 1000);
    client.socket.pause();
    const until = Date.now() + 1500;
    await expect.poll(() => Date.now()).toBeGreaterThan(until);
    client.socket.resume();
    await client.until((text) => text.length > length, 10_000);
  });

  it('idle kept connections are closed by --keep-alive-timeout', async () => {
    const { client } = await behindAgent(await rawRuntime(answering()), ['--keep-alive-timeout', '100ms']);
    client.send(get);
    await client.until((text) => text.includes('{"ok":true}'));
    await client.closed();
    expect(client.failure()).toBeNull();
  });
});
