// The retry rule of a pooled connection that the runtime closes at the wrong moment (RFC 9112 9.3.1; uvicorn after a 500).
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { type RawClient, rawClient } from '../support/raw-client.ts';
import { firstAnswer, infer, ok, type SeenRequest, scriptedRuntime } from '../support/scripted-runtime.ts';
import { startTestAgent, type TestAgent } from '../support/test-agent.ts';

/** The first request of the first connection is answered, then `fault` meets what comes. */
function afterOneAnswer(fault: (socket: Socket, request: SeenRequest) => void) {
  return scriptedRuntime((socket, request) => {
    if (request.index === 0) socket.write(ok('warm'));
    else fault(socket, request);
  });
}

async function warm(agent: TestAgent): Promise<RawClient> {
  const client = await rawClient(agent.port);
  client.send(infer());
  await client.until((text) => text.endsWith('warm'));
  return client;
}

async function second(client: RawClient, request = infer('{"y":2}')) {
  const before = client.received().length;
  client.send(request);
  const text = await client.until((all) => firstAnswer(all.slice(before)) !== null);
  return firstAnswer(text.slice(before));
}

const ends: readonly [string, (socket: Socket) => void][] = [
  ['FIN', (socket) => void socket.end()],
  ['RST', (socket) => void socket.resetAndDestroy()],
];

for (const [name, end] of ends) {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'GET']) {
    it(`a ${method} that meets ${name} on a reused connection is sent once more on a new one`, async () => {
      const runtime = await afterOneAnswer((socket, { connection }) => {
        if (connection === 0) end(socket);
        else socket.write(ok('again'));
      });
      const agent = await startTestAgent(runtime.port);
      const client = await warm(agent);
      const request = method === 'GET' ? 'GET /v2 HTTP/1.1\r\nHost: h\r\n\r\n' : infer().replace('POST', method);
      expect((await second(client, request))?.body).toBe('again');
      expect(runtime.requests.map((each) => each.connection)).toEqual([0, 0, 1]);
      expect(runtime.requests[2]?.text).toBe(runtime.requests[1]?.text);
      expect(agent.metrics.staleRetries.value).toBe(1);
    });
  }

  it(`a second connection that meets ${name} too is a 502, and nothing is sent a third time`, async () => {
    const runtime = await afterOneAnswer(end);
    const agent = await startTestAgent(runtime.port);
    const client = await warm(agent);
    expect((await second(client))?.status).toBe(502);
    expect(runtime.requests).toHaveLength(3);
    expect(agent.metrics.staleRetries.value).toBe(1);
  });

  it(`${name} on a fresh connection is a 502 without a retry`, async () => {
    const runtime = await scriptedRuntime(end);
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    expect((await second(client))?.status).toBe(502);
    expect(runtime.requests).toHaveLength(1);
    expect(agent.metrics.staleRetries.value).toBe(0);
  });

  for (const begun of ['H', '\r\n', 'HTTP/1.1 200 OK\r\n']) {
    it(`no retry when ${JSON.stringify(begun)} came before ${name}`, async () => {
      const runtime = await afterOneAnswer((socket) => {
        socket.write(begun, () => setTimeout(() => end(socket), 20)); // so that RST cannot overtake the bytes
      });
      const agent = await startTestAgent(runtime.port);
      const client = await warm(agent);
      expect((await second(client))?.status).toBe(502);
      expect(runtime.requests).toHaveLength(2);
      expect(agent.metrics.staleRetries.value).toBe(0);
    });
  }

  it(`--retry-stale-connection=false: ${name} on a reused connection is a 502`, async () => {
    const runtime = await afterOneAnswer(end);
    const agent = await startTestAgent(runtime.port, ['--retry-stale-connection=false']);
    const client = await warm(agent);
    expect((await second(client))?.status).toBe(502);
    expect(runtime.requests).toHaveLength(2);
  });
}

it('a streamed body is never sent twice', async () => {
  const runtime = await scriptedRuntime((socket, { index }) => {
    if (index === 0) socket.write(ok('warm'));
  });
  const agent = await startTestAgent(runtime.port);
  const client = await warm(agent);
  client.send(`POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n${'a'.repeat(100_000)}`);
  await expect.poll(() => runtime.received().includes('aaa')).toBe(true);
  runtime.connections[0]?.socket.resetAndDestroy();
  const text = await client.until((all) => all.includes(' 502 '));
  expect(text).toContain('"error"');
  expect(runtime.connections).toHaveLength(1);
  expect(agent.metrics.staleRetries.value).toBe(0);
});

it('a connection that died while it lay idle is not used', async () => {
  const runtime = await scriptedRuntime((socket, { connection }) => {
    socket.write(ok(`c${connection}`));
    if (connection === 0) socket.end();
  });
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  expect((await second(client))?.body).toBe('c0');
  await expect.poll(() => runtime.connections[0]?.ended()).toBe(true);
  expect((await second(client))?.body).toBe('c1');
  expect(runtime.requests).toHaveLength(2);
  expect(agent.metrics.staleRetries.value).toBe(0);
});

it('a runtime that closes after each answer without saying so fails no request', async () => {
  const runtime = await scriptedRuntime((socket) => socket.end(ok('{"ok":true}')));
  const agent = await startTestAgent(runtime.port);
  const post = async (): Promise<number> => {
    const answer = await fetch(`${agent.url}/v2/models/m/infer`, { method: 'POST', body: '{"x":1}' });
    await answer.text();
    return answer.status;
  };
  const statuses: number[] = [];
  for (let i = 0; i < 500; i++) statuses.push(await post());
  statuses.push(...(await Promise.all(Array.from({ length: 50 }, post))));
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
  expect(statuses).toHaveLength(550);
}, 60_000);

it('the same under more clients than connections: whoever waits for a connection is not hit by the end of another', async () => {
  const runtime = await scriptedRuntime((socket) => socket.end(ok('{"ok":true}')));
  const agent = await startTestAgent(runtime.port, ['--upstream-max-connections', '5']);
  const post = async (): Promise<number> => {
    const answer = await fetch(`${agent.url}/v2/models/m/infer`, { method: 'POST', body: '{"x":1}' });
    await answer.text();
    return answer.status;
  };
  const statuses = await Promise.all(Array.from({ length: 50 }, post));
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
}, 60_000);
