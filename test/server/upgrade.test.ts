// Is a tunnel what a direct connection would be, in every way that it begins and ends?
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { rawClient } from '../support/raw-client.ts';
import { type RawConnection, rawRuntime } from '../support/raw-runtime.ts';
import { startTestAgent } from '../support/test-agent.ts';

const handshake =
  'GET /v2/ws?x=%20 HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\nSec-WebSocket-Version: 13\r\n\r\n';
const accepted =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: a\r\n\r\n';

/** A text frame as RFC 6455 5.2 has it; clients mask, with 0000 here, so that the text stays readable. */
function frame(text: string, masked: boolean): string {
  return `\x81${String.fromCharCode(text.length + (masked ? 128 : 0))}${masked ? '\0\0\0\0' : ''}${text}`;
}

/** Accepts each handshake, then hands every later chunk to `onFrame`. */
function webSocketRuntime(onFrame: (connection: RawConnection, bytes: string) => void = () => undefined, early = '') {
  const open = new WeakSet<RawConnection>();
  return rawRuntime((connection, chunk) => {
    if (open.has(connection)) {
      onFrame(connection, chunk);
      return;
    }
    const end = connection.received().indexOf('\r\n\r\n');
    if (end < 0) return;
    open.add(connection);
    connection.socket.write(Buffer.from(accepted + early, 'latin1'));
    const rest = connection.received().slice(end + 4);
    if (rest !== '') onFrame(connection, rest);
  });
}

const echo = ({ socket }: RawConnection, bytes: string): void => {
  socket.write(Buffer.from(bytes, 'latin1'));
};

describe('a WebSocket', () => {
  it('echoes through the agent, and its handshake passes with its fields', async () => {
    const runtime = await webSocketRuntime(({ socket }, bytes) =>
      socket.write(Buffer.from(frame(bytes.slice(6), false), 'latin1')),
    );
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    client.send(handshake);
    await client.until((text) => text === accepted);
    client.send(frame('hello', true));
    await client.until((text) => text === accepted + frame('hello', false));
    const [head = ''] = runtime.received().split('\r\n\r\n');
    expect(head).toMatch(/^GET \/v2\/ws\?x=%20 HTTP\/1\.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n/);
    expect(head).toContain('\r\nSec-WebSocket-Key: k\r\nSec-WebSocket-Version: 13');
    expect(head).toContain('\r\nX-Forwarded-For: 127.0.0.1');
  });

  it('loses no byte that either side sends before the handshake is over', async () => {
    const runtime = await webSocketRuntime(echo, 'EARLY');
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    client.send(`${handshake}first`);
    client.send('second');
    await client.until((text) => text === `${accepted}EARLYfirstsecond`);
  });

  it('ends each direction on its own', async () => {
    const runtime = await webSocketRuntime();
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    client.send(handshake);
    await client.until((text) => text === accepted);
    const [upstream] = runtime.connections;
    client.socket.end('last');
    await eventually('the runtime has it all', () => upstream?.ended() && upstream.received().endsWith('\r\n\r\nlast'));
    upstream?.socket.end('answer to the last');
    expect(await client.closed()).toBe(`${accepted}answer to the last`);
    expect(client.failure()).toBeNull();
  });

  it('ends the direction of the runtime alone, too', async () => {
    const runtime = await webSocketRuntime();
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    client.send(handshake);
    await client.until((text) => text === accepted);
    const [upstream] = runtime.connections;
    upstream?.socket.end('bye');
    expect(await client.closed()).toBe(`${accepted}bye`);
    client.send('still here');
    await eventually('the bytes are there', () => upstream?.received().endsWith('still here'));
  });

  it('passes the answer of a runtime that refuses', async () => {
    const refusal = 'HTTP/1.1 403 Forbidden\r\nX-Why: no\r\nContent-Length: 6\r\n\r\nno way';
    const runtime = await rawRuntime(({ socket }) => socket.write(refusal));
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    client.send(`${handshake}early`);
    expect(await client.closed()).toBe(
      'HTTP/1.1 403 Forbidden\r\nConnection: close\r\nX-Why: no\r\nContent-Length: 6\r\n\r\nno way',
    );
  });

  it('decodes the chunks of a refusal, since it ends by closing', async () => {
    const runtime = await rawRuntime(({ socket }) =>
      socket.write('HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    );
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    client.send(handshake);
    expect(await client.closed()).toBe('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\nabc');
  });

  it('is answered 502 when the refusal has two readings, and the agent lives on', async () => {
    const runtime = await rawRuntime(({ socket }) =>
      socket.write('HTTP/1.1 404 Not Found\r\nTransfer-Encoding: gzip\r\n\r\nabc'),
    );
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    client.send(handshake);
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 502 .*\{"error":/s);
  });

  it.each(['', 'HTTP/1.1 101 Swi'])('is answered 502 when the runtime closes after %j', async (words) => {
    const runtime = await rawRuntime(({ socket }) => socket.end(words));
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    client.send(handshake);
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 502 .*\r\n\r\n\{"error":/s);
  });

  it('is answered 503 while no runtime was ever there', async () => {
    const agent = await startTestAgent(await freePort());
    const client = await rawClient(agent.port);
    client.send(handshake);
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 503 .*\r\n\r\n\{"error":/s);
  });

  it.each([
    ['Content-Length', 'Content-Length: 5\r\n'],
    ['chunks', 'Transfer-Encoding: chunked\r\n'],
  ])('with a body (%s) is refused, and nothing of it goes to the runtime', async (_, field) => {
    const runtime = await webSocketRuntime();
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    client.send(`${handshake.replace('Host', `${field}Host`)}hello`);
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 400 /);
    expect(runtime.received()).toBe('');
  });

  it('is counted as request, tunnel and exchange in flight', async () => {
    const runtime = await webSocketRuntime();
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    client.send(handshake);
    await client.until((text) => text === accepted);
    expect([agent.metrics.tunnels.value, agent.metrics.inFlight.value]).toEqual([1, 0]);
    client.socket.resetAndDestroy();
    await eventually('no tunnel is left', () => agent.metrics.tunnels.value === 0);
    expect(await agent.agent.drain()).toBe(0);
  });

  it('is waited for by the drain, then cut and named', async () => {
    const runtime = await webSocketRuntime();
    const agent = await startTestAgent(runtime.port, ['--drain-max-wait', '400ms']);
    const client = await rawClient(agent.port);
    client.send(handshake);
    await client.until((text) => text === accepted);
    expect(await agent.agent.drain()).toBe(1);
    await client.closed();
    expect(agent.logged.filter(({ level }) => level === 'error')).toMatchObject([
      { fields: { cut: 1, requests: ['GET /v2/ws (tunnel)'] } },
    ]);
  });
});

describe('a client that vanishes', () => {
  it('takes the runtime side of its tunnel with it', async () => {
    const runtime = await webSocketRuntime();
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    client.send(handshake);
    await client.until((text) => text === accepted);
    client.socket.resetAndDestroy();
    await eventually('the runtime is told', () => runtime.connections[0]?.ended());
  });

  it('before the runtime answered ends the call to it', async () => {
    const runtime = await rawRuntime();
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    client.send(handshake);
    await eventually('the handshake is there', () => runtime.received() !== '');
    client.socket.resetAndDestroy();
    await eventually('the runtime is told', () => runtime.connections[0]?.ended());
    expect(agent.metrics.inFlight.value).toBe(0);
  });
});

it('a runtime that vanishes takes the client side of its tunnel with it', async () => {
  const runtime = await webSocketRuntime();
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send(handshake);
  await client.until((text) => text === accepted);
  runtime.connections[0]?.socket.resetAndDestroy();
  await client.closed();
  await eventually('no tunnel is left', () => agent.metrics.tunnels.value === 0);
});

it('64 MiB pass whole, and a runtime that does not read holds the client back', async () => {
  const hash = createHash('sha256');
  const runtime = await webSocketRuntime((_, bytes) => hash.update(bytes, 'latin1'));
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send(handshake);
  await client.until((text) => text === accepted);
  const upstream = runtime.connections[0]?.socket;
  upstream?.pause();
  const sent = randomBytes(64 << 20);
  client.socket.end(sent);
  const { socket } = client;
  let before = -1;
  await eventually(
    'the sender stalls',
    () => {
      const stalled = before === socket.bytesWritten - socket.writableLength;
      before = socket.bytesWritten - socket.writableLength;
      return stalled;
    },
    { everyMs: 200 },
  );
  expect(socket.writableLength).toBeGreaterThan(32 << 20);
  upstream?.resume();
  await eventually('the runtime is told', () => runtime.connections[0]?.ended());
  expect(hash.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'));
});

/** A port that nobody listens at. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
