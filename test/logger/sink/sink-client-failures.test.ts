// Is every way in which a sink can fail told by its code and in words, once, and is what can be repeated repeated?
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { rawRuntime } from '../../support/raw-runtime.ts';
import { silentPort } from '../../support/silent-port.ts';
import { answered, testSinkClient } from '../../support/sink-client.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

describe('a sink that is only asked whether it is there', () => {
  const reach = (url: string) => testSinkClient({ url, timeoutMs: 100 }).reach();

  it('is connected to, and the connection serves the first post', async () => {
    const sink = await rawRuntime(undefined, ({ socket }) => socket.on('data', () => socket.write(ok)));
    const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/` });
    expect(await client.reach()).toBeNull();
    expect(await client.post()).toMatchObject({ kind: 'answered', status: 200 });
    expect(sink.connections).toHaveLength(1);
  });

  it('says why it is not', async () => {
    const port = await unusedPort();
    expect(await reach(`http://127.0.0.1:${port}/`)).toMatchObject({ code: 'refused' });
    expect(await reach(`http://127.0.0.1:${await silentPort()}/`)).toMatchObject({ code: 'timeout' });
    expect(await reach('http://sink.invalid/')).toMatchObject({ code: 'dns' });
  });
});

describe('a post', () => {
  it('to a port where nobody listens is refused', async () => {
    const port = await unusedPort();
    const message = `connect ECONNREFUSED 127.0.0.1:${port}`;
    const client = testSinkClient({ url: `http://127.0.0.1:${port}/` });
    expect(await client.post()).toEqual({ kind: 'failed', code: 'refused', message });
  });

  it('to a name with several addresses says what each of them said', async () => {
    const client = testSinkClient({ url: `http://localhost:${await unusedPort()}/` });
    expect(await client.post()).toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/connect ECONNREFUSED/),
    });
  });

  it('to a name that there is not fails with dns', async () => {
    const attempt = await testSinkClient({ url: 'http://sink.invalid/' }).post();
    expect(attempt).toMatchObject({ code: 'dns', message: expect.stringContaining('sink.invalid') });
  });

  it('to a sink that never answers times out, and its connection is closed', async () => {
    const sink = await rawRuntime();
    const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/`, timeoutMs: 50 });
    expect(await client.post()).toEqual({ kind: 'failed', code: 'timeout', message: 'no answer within 50 ms' });
    await eventually('we close it', () => sink.connections[0]?.ended());
  });

  it('to a sink that does not take connections times out', async () => {
    const client = testSinkClient({ url: `http://127.0.0.1:${await silentPort()}/`, timeoutMs: 50 });
    expect(await client.post()).toEqual({ kind: 'failed', code: 'timeout', message: 'no connection within 50 ms' });
  });

  it('to a sink that does not read times out', async () => {
    const sink = await rawRuntime(undefined, ({ socket }) => socket.pause());
    const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/`, timeoutMs: 100 });
    const attempt = await client.post([Buffer.alloc(50_000_000)]);
    expect(attempt).toEqual({ kind: 'failed', code: 'timeout', message: 'request not taken within 100 ms' });
  });

  it('whose answer trickles in times out as a whole', async () => {
    const sink = await rawRuntime(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const timer = setInterval(() => socket.write('.'), 5);
      socket.once('close', () => clearInterval(timer));
    });
    const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/`, timeoutMs: 100 });
    const message = 'no complete answer within 100 ms';
    expect(await client.post()).toEqual({ kind: 'failed', code: 'timeout', message });
  });

  it('over a kept connection has all of its time, and a timer of the last one ends nothing', async () => {
    let answers = 0;
    const sink = await rawRuntime(({ socket }) => void setTimeout(() => socket.write(ok), answers++ === 0 ? 0 : 60));
    const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/`, timeoutMs: 400 });
    for (let posts = 0; posts < 8; posts += 1) expect(await client.post()).toEqual(answered(200, 'ok'));
    expect(sink.connections).toHaveLength(1);
  });

  it('over a connection that rested for longer than a post may take is answered over it', async () => {
    const sink = await rawRuntime(({ socket }) => socket.write(ok));
    const silent = await rawRuntime();
    const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/`, timeoutMs: 40 });
    const other = testSinkClient({ url: `http://127.0.0.1:${silent.port}/`, timeoutMs: 80 });
    expect(await client.post()).toEqual(answered(200, 'ok'));
    expect(await other.post()).toMatchObject({ code: 'timeout' });
    expect(await client.post()).toEqual(answered(200, 'ok'));
    expect(sink.connections).toHaveLength(1);
  });

  it.each([
    ['garbage', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a head beyond 64 KiB', `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(70_000)}`],
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'],
  ])('answered with %s fails with protocol', async (_name, answer) => {
    const sink = await rawRuntime(({ socket }) => socket.write(answer));
    const attempt = await testSinkClient({ url: `http://127.0.0.1:${sink.port}/` }).post();
    expect(attempt).toEqual({ kind: 'failed', code: 'protocol', message: 'the answer is no valid HTTP/1.1' });
    await eventually('we close it', () => sink.connections[0]?.ended());
  });

  it.each([
    ['HTTP/1.1 200 O', 'its answer was complete'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok', 'its answer was complete'],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n', 'its answer was complete'],
    ['', 'an answer'],
  ])('whose answer breaks off after %j fails with reset, sent once', async (answer, missing) => {
    const sink = await rawRuntime(({ socket }) => socket.end(answer));
    const attempt = await testSinkClient({ url: `http://127.0.0.1:${sink.port}/` }).post();
    const message = `the sink closed the connection before ${missing}`;
    expect(attempt).toEqual({ kind: 'failed', code: 'reset', message });
    expect(sink.connections).toHaveLength(1);
  });

  it.each(['', 'HTTP/1.1 200 OK\r\n'])('that is reset after %j fails with reset', async (answer) => {
    const sink = await rawRuntime(({ socket }) => void socket.write(answer, () => socket.resetAndDestroy()));
    const attempt = await testSinkClient({ url: `http://127.0.0.1:${sink.port}/` }).post();
    expect(attempt).toEqual({ kind: 'failed', code: 'reset', message: 'read ECONNRESET' });
  });
});

describe('a kept connection that is dead', () => {
  it.each(['end', 'resetAndDestroy'] as const)('by %s: the post goes out once more on a new one', async (way) => {
    const sink = await rawRuntime(({ socket, received }) => {
      const first = received().split('POST').length === 2;
      if (first) socket.write(ok);
      else socket[way]();
    });
    const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/` });
    for (let posts = 0; posts < 10; posts += 1)
      expect(await client.post(`{"post":${posts}}`)).toEqual(answered(200, 'ok'));
    expect(sink.connections).toHaveLength(10);
    expect(sink.connections[9]?.received()).toContain('{"post":9}');
  });

  it('closed while idle is not used', async () => {
    const sink = await rawRuntime(({ socket }) => socket.end(ok));
    const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/` });
    for (let posts = 0; posts < 5; posts += 1) {
      expect(await client.post()).toEqual(answered(200, 'ok'));
      await eventually('we close it', () => sink.connections[posts]?.ended());
    }
  });

  it('and a sink that is gone meanwhile: refused', async () => {
    const server = createServer((socket) => {
      socket.once('data', () => {
        socket.write(ok);
        socket.once('data', () => {
          server.close();
          socket.destroy();
        });
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = testSinkClient({ url: `http://127.0.0.1:${portOf(server)}/` });
    expect(await client.post()).toEqual(answered(200, 'ok'));
    expect(await client.post()).toMatchObject({ kind: 'failed', code: 'refused' });
  });

  it('and the time of the post goes on', async () => {
    let connections = 0;
    const sink = await rawRuntime(
      ({ socket, received }) => {
        if (connections === 1 && received().split('POST').length === 2) socket.write(ok);
        else setTimeout(() => (connections === 1 ? socket.destroy() : socket.write(ok)), 150);
      },
      () => {
        connections += 1;
      },
    );
    const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/`, timeoutMs: 200 });
    expect(await client.post()).toEqual(answered(200, 'ok'));
    expect(await client.post()).toMatchObject({ kind: 'failed', code: 'timeout' });
    expect(sink.connections).toHaveLength(2);
  });

  it('and the next post over the new one has all of its time', async () => {
    const waitsMs = [0, 300, 0, 200]; // answered, closed, answered on the new one, answered
    const sink = await rawRuntime(({ socket }) => {
      const closes = waitsMs.length === 3;
      setTimeout(() => (closes ? socket.destroy() : socket.write(ok)), waitsMs.shift());
    });
    const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/`, timeoutMs: 400 });
    for (let posts = 0; posts < 3; posts += 1) expect(await client.post()).toEqual(answered(200, 'ok'));
    expect(sink.connections).toHaveLength(2);
  });

  it('after a byte of the answer came: reset, and no second post', async () => {
    const sink = await rawRuntime(({ socket, received }) => {
      if (received().split('POST').length === 2) socket.write(ok);
      else socket.end('H');
    });
    const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/` });
    await client.post();
    expect(await client.post()).toMatchObject({ kind: 'failed', code: 'reset' });
    expect(sink.connections).toHaveLength(1);
  });
});

describe('closing the client', () => {
  it('ends what is on its way, and what comes later', async () => {
    const sink = await rawRuntime();
    const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/` });
    const posts = [client.post(), client.post()];
    await eventually('both are there', () => sink.received().split('POST').length === 3);
    await client[Symbol.asyncDispose]();
    await client[Symbol.asyncDispose]();
    for (const attempt of await Promise.all(posts)) expect(attempt).toMatchObject({ kind: 'failed', code: 'closed' });
    expect(await client.post()).toMatchObject({ kind: 'failed', code: 'closed' });
    await eventually('no connection is left', () => sink.connections.every((one) => one.ended()));
  });

  it('while connecting ends that too', async () => {
    const client = testSinkClient({ url: `http://127.0.0.1:${await silentPort()}/` });
    const post = client.post();
    await client[Symbol.asyncDispose]();
    expect(await post).toMatchObject({ kind: 'failed', code: 'closed' });
  });
});
