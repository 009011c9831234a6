// Does each post reach the sink as it should, get its answer, and leave the connection to the next one?
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { expect, it, onTestFinished, test } from 'vitest';
import { version } from '../../../src/version.ts';
import { eventually } from '../../support/eventually.ts';
import { answering, rawRuntime } from '../../support/raw-runtime.ts';
import { answered, testSinkClient } from '../../support/sink-client.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

async function httpSink(answer: (request: IncomingMessage, body: string) => number = () => 202) {
  const sockets = new Set<unknown>();
  const server = createServer(async (request, response) => {
    sockets.add(request.socket);
    const body = (await buffer(request)).toString('latin1');
    response.writeHead(answer(request, body)).end(body.slice(0, 10));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, sockets };
}

it('1,000 posts, 5 at a time, need 5 connections', async () => {
  const bodies: string[] = [];
  const sink = await httpSink((_request, body) => bodies.push(body) && 202);
  const client = testSinkClient({ url: sink.url });
  let next = 0;
  const worker = async () => {
    while (next < 1000) {
      const body = `event ${next++}`;
      expect(await client.post(body)).toEqual(answered(202, body.slice(0, 10)));
    }
  };
  await Promise.all([worker(), worker(), worker(), worker(), worker()]);
  expect(new Set(bodies).size).toBe(1000);
  expect(sink.sockets.size).toBe(5);
});

it('one post after the other, from within the answer too, needs one connection', async () => {
  const sink = await httpSink();
  const client = testSinkClient({ url: sink.url });
  for (let index = 0; index < 20; index += 1) expect(await client.post()).toEqual(answered(202, '{}'));
  expect(sink.sockets.size).toBe(1);
});

it('the request is exactly what it should be', async () => {
  const sink = await rawRuntime(answering('ok'));
  const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/a%20b/?q=1&r=%0d%0aX:1#fragment` });
  await client.post([Buffer.from('{"a"'), new Uint8Array(Buffer.from('é:\xff', 'latin1'))], 'ce-id: 1\r\nce-x: é\r\n');
  const lines = [
    'POST /a%20b/?q=1&r=%0d%0aX:1 HTTP/1.1',
    `Host: 127.0.0.1:${sink.port}`,
    `User-Agent: outrigger/${version}`,
    'ce-id: 1',
    'ce-x: é',
    'Content-Length: 7',
  ];
  expect(sink.received()).toBe(`${lines.join('\r\n')}\r\n\r\n{"a"é:\xff`);
});

it('a post without a body has a length nevertheless', async () => {
  const sink = await rawRuntime(({ socket }) => socket.write(ok));
  expect(await testSinkClient({ url: `http://127.0.0.1:${sink.port}` }).post([])).toEqual(answered(200, 'ok'));
  expect(sink.received()).toMatch(/^POST \/ HTTP\/1\.1\r\n[\s\S]*\r\nContent-Length: 0\r\n\r\n$/);
});

it('bodies of all sizes, in pieces, arrive byte for byte', async () => {
  const bodies: string[] = [];
  const sink = await httpSink((_request, body) => bodies.push(body) && 200);
  const client = testSinkClient({ url: sink.url });
  for (const bytes of [1, 4095, 4096, 4097, 20_000, 3_000_000]) {
    const body = Buffer.alloc(bytes, Buffer.from(Array.from({ length: 251 }, (_, index) => (index * 7) % 256)));
    const cut = Math.floor(bytes / 3);
    expect(await client.post([body.subarray(0, cut), new Uint8Array(body.subarray(cut))])).toMatchObject({
      status: 200,
    });
    expect(bodies.at(-1) === body.toString('latin1')).toBe(true);
  }
  expect(sink.sockets.size).toBe(1);
});

test('a user part of the URL becomes Basic authorization', async () => {
  const sink = await rawRuntime(answering('ok'));
  await testSinkClient({ url: `http://al%20ice:p%C3%A4ss%3A@127.0.0.1:${sink.port}/x` }).post();
  const basic = Buffer.from('al ice:päss:').toString('base64');
  expect(sink.received()).toContain(`\r\nHost: 127.0.0.1:${sink.port}\r\n`);
  expect(sink.received()).toContain(`\r\nAuthorization: Basic ${basic}\r\n`);
});

it('a sink at an IPv6 address is found', async () => {
  const server = createServer((request, response) => response.end(request.headers.host)).listen(0, '::1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  const host = `[::1]:${(server.address() as AddressInfo).port}`;
  expect(await testSinkClient({ url: `http://${host}/` }).post()).toEqual(answered(200, host));
});

it.each(['Connection: close\r\n', ''])(
  'a connection that the sink wants closed takes no second post: %j',
  async (line) => {
    const version = line === '' ? '1.0' : '1.1';
    const answer = `HTTP/${version} 200 OK\r\n${line}Content-Length: 2\r\n\r\nok`;
    const sink = await rawRuntime(({ socket }) => socket.write(answer));
    const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/` });
    expect(await client.post()).toEqual(answered(200, 'ok'));
    await eventually('we close it', () => sink.connections[0]?.ended());
    expect(await client.post()).toEqual(answered(200, 'ok'));
    expect(sink.connections).toHaveLength(2);
  },
);

it('an answer may come byte by byte, after 100 and 103, and in chunks', async () => {
  const answer = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103\r\n\r\nHTTP/1.1 429 Slow down\r\nRetry-After: 7\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nslow\r\n0\r\n\r\n`;
  const sink = await rawRuntime(async ({ socket }) => {
    for (const byte of answer) await new Promise((resolve) => socket.write(byte, resolve));
  });
  const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/` });
  for (let posts = 0; posts < 3; posts += 1) expect(await client.post()).toEqual(answered(429, 'slow', '7'));
  expect(sink.connections).toHaveLength(1);
});

it('an answer without a length ends with the connection', async () => {
  const sink = await rawRuntime(({ socket }) => socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end'));
  const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/` });
  expect(await client.post()).toEqual(answered(200, 'until the end'));
});

it('an answer that comes before the request is written out counts, and the connection is closed', async () => {
  const sink = await rawRuntime(({ socket }) => {
    if (socket.bytesWritten > 0) return;
    socket.pause();
    socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig');
  });
  const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/` });
  expect(await client.post([Buffer.alloc(50_000_000)])).toEqual(answered(413, 'big'));
  sink.connections[0]?.socket.resume();
  await eventually('we close it', () => sink.connections[0]?.ended());
});

it.each(['', 'Content-Length: 2000000\r\n'])(
  'a body beyond 1 MiB is cut short, and so is its connection: %j',
  async (line) => {
    const sink = await rawRuntime(({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\n${line}\r\n${'x'.repeat(1_048_577)}`);
    });
    const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/` });
    expect(await client.post()).toEqual(answered(200, 'x'.repeat(1024)));
    await eventually('we close it', () => sink.connections[0]?.ended());
  },
);

it('a connection with more bytes than its answer takes no second post', async () => {
  const sink = await rawRuntime(({ socket }) => socket.write(`${ok}HTTP/1.1 500 No\r\n`));
  const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/` });
  expect(await client.post()).toEqual(answered(200, 'ok'));
  expect(await client.post()).toEqual(answered(200, 'ok'));
  expect(sink.connections).toHaveLength(2);
});

it('bytes that come while nothing was asked close the connection', async () => {
  const sink = await rawRuntime(({ socket }) => socket.write(ok));
  const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/` });
  await client.post();
  sink.connections[0]?.socket.write(ok);
  await eventually('we close it', () => sink.connections[0]?.ended());
  expect(await client.post()).toEqual(answered(200, 'ok'));
  expect(sink.connections).toHaveLength(2);
});

it('the connection used last is used next, and one without use is closed', async () => {
  const sink = await httpSink();
  const client = testSinkClient({ url: sink.url, idleMs: 1000 });
  await Promise.all([client.post(), client.post(), client.post()]);
  expect(sink.sockets.size).toBe(3);
  const isOpen = (socket: unknown) => !(socket as IncomingMessage['socket']).destroyed;
  // One at a time: on a slow machine two at once would use two of them.
  await eventually('the two that rest are closed', async () => {
    await client.post();
    return [...sink.sockets].filter(isOpen).length === 1;
  });
  expect(sink.sockets.size).toBe(3);
});

it('as many connections are kept as there are workers', async () => {
  const sink = await rawRuntime(({ socket }) => socket.write(ok));
  const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/`, workers: 2 });
  await Promise.all([client.post(), client.post(), client.post()]);
  await eventually('one is closed', () => sink.connections.filter((one) => one.ended()).length === 1);
});
