import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import {
  connect as connectHttp2,
  createServer as createHttp2Server,
  type Http2Server,
  performServerHandshake,
} from 'node:http2';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { acceptSocket, type SocketWay } from '../../../src/lanes/socket/accept-socket.ts';
import { eventually } from '../../support/eventually.ts';
import { LanePort, openLanePair, RememberingReader, readToEnd, ways } from '../../support/lane-sockets.ts';

type Moment = 'inside the read' | 'later' | 'behind the end';
const moments: readonly Moment[] = ['inside the read', 'later', 'behind the end'];

/** A port whose lanes give each connection back: at their first bytes, or when the client has ended. */
function openGivingPort(way: SocketWay, moment: Moment, take: (socket: Socket) => void): Promise<LanePort> {
  return LanePort.open((accepted) => {
    const reader = new RememberingReader();
    const lane = acceptSocket(accepted, reader, way);
    const give = (): void => take(lane.handBack(reader.received));
    if (moment === 'inside the read') reader.inside = give;
    reader.goOn = moment === 'behind the end';
    if (moment === 'later') reader.inside = () => setImmediate(give);
    if (moment === 'behind the end') reader.ended = give;
  });
}

/** Answers each request by its target and how many bytes its body had. */
function countingServer(): Server {
  const server = createServer((incoming, outgoing) => {
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    incoming.on('end', () => outgoing.end(`${incoming.url} ${bytes}`));
  });
  (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
  return server;
}

const post = (path: string, bytes: number): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes}\r\n\r\n`;
const lastGet = 'GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

describe.each(ways)('a connection that was accepted by the way of %s and goes back', (way) => {
  describe.each(moments)('%s', (moment) => {
    it('is served by node:http: what was read, what comes later, and one request behind the other', async () => {
      const server = countingServer();
      await using port = await openGivingPort(way, moment, (socket) => server.emit('connection', socket));
      const client = port.connect();
      client.write(post('/upload', 3_000_000));
      client.write(Buffer.alloc(3_000_000));
      client.write(post('/small', 3));
      for (const piece of ['a', 'b', 'c']) client.write(piece);
      client.end(lastGet);
      const answers = (await readToEnd(client)).toString();
      expect(answers.match(/\/\w+ \d+/g)).toEqual(['/upload 3000000', '/small 3', '/last 0']);
    });
  });

  it('is served by node:http when it speaks in tiny pieces', async () => {
    const server = countingServer();
    await using port = await openGivingPort(way, 'later', (socket) => server.emit('connection', socket));
    const client = port.connect();
    for (const piece of `${post('/tiny', 5)}12345${lastGet}`.match(/.{1,3}/gs) ?? []) {
      await new Promise<unknown>((resolve) => client.write(piece, resolve));
    }
    expect((await readToEnd(client)).toString().match(/\/\w+ \d+/g)).toEqual(['/tiny 5', '/last 0']);
  });

  it('keeps alive under node:http, and times out there when idle', async () => {
    const server = countingServer();
    server.keepAliveTimeout = 20;
    (server as Server & { keepAliveTimeoutBuffer: number }).keepAliveTimeoutBuffer = 0;
    await using port = await openGivingPort(way, 'inside the read', (socket) => server.emit('connection', socket));
    const client = port.connect();
    client.write(post('/once', 0));
    expect((await readToEnd(client)).toString()).toContain('/once 0');
  });

  it('is a tunnel behind an upgrade of node:http, both ways', async () => {
    const server = createServer();
    server.on('upgrade', (_incoming, socket: Socket, early: Buffer) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
      socket.write(early);
      socket.pipe(socket);
    });
    await using port = await openGivingPort(way, 'inside the read', (socket) => server.emit('connection', socket));
    const headers = { connection: 'Upgrade', upgrade: 'echo' };
    const request = httpRequest({ port: port.port, host: '127.0.0.1', headers });
    request.end();
    const [, socket] = (await once(request, 'upgrade')) as [IncomingMessage, Socket, Buffer];
    port.track(socket);
    const sent = Buffer.from(Array.from({ length: 2_000_000 }, (_, index) => index % 251));
    socket.end(sent);
    expect((await readToEnd(socket)).equals(sent)).toBe(true);
  });

  it.each(['inside the read', 'later'] as const)('is served by node:http2, %s', async (moment) => {
    const server: Http2Server = createHttp2Server();
    server.on('stream', (stream) => {
      let bytes = 0;
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      stream.on('end', () => {
        stream.respond({ ':status': 200 });
        stream.end(String(bytes));
      });
    });
    await using port = await openGivingPort(way, moment, (socket) => {
      performServerHandshake(socket).on('stream', (...args) => server.emit('stream', ...args));
    });
    const session = connectHttp2(`http://127.0.0.1:${port.port}`);
    const sizes = [0, 5, 3_000_000];
    const answers = await Promise.all(
      sizes.map(async (bytes) => {
        const stream = session.request({ ':method': 'POST', ':path': '/' });
        stream.end(Buffer.alloc(bytes));
        return (await stream.toArray()).join('');
      }),
    );
    expect(answers.map(Number)).toEqual(sizes);
    session.close();
    await once(session, 'close');
  });

  it('stands still until somebody reads it, and then emits all that a socket does', async () => {
    const reader = new RememberingReader();
    await using pair = await openLanePair(reader, way);
    pair.client.write('bytes');
    await eventually('a read', () => reader.text === 'bytes');
    const socket = pair.lane.handBack(reader.received.subarray(2));
    expect(socket.readableFlowing).not.toBe(true);
    pair.client.write(' later');
    await eventually('the rest', () => socket.readableLength === 'tes later'.length);
    socket.setTimeout(5);
    await once(socket, 'timeout');
    pair.client.end();
    expect((await readToEnd(socket)).toString()).toBe('tes later');
    socket.end('answer');
    await once(socket, 'close');
    expect((await readToEnd(pair.client)).toString()).toBe('answer');
    expect(reader.told).toEqual([]);
    expect(reader.text).toBe('bytes');
  });

  it('survives a reset, before and after node:http has it', async () => {
    const server = countingServer();
    const closed: string[] = [];
    await using port = await openGivingPort(way, 'inside the read', (socket) => {
      socket.on('close', () => closed.push('closed'));
      server.emit('connection', socket);
    });
    const client = port.connect();
    client.write(post('/never', 10));
    await once(client, 'connect');
    client.write('12345', () => client.resetAndDestroy());
    await eventually('the close', () => closed.length === 1);

    const reader = new RememberingReader();
    await using pair = await openLanePair(reader, way);
    pair.client.write('bytes');
    await eventually('a read', () => reader.text === 'bytes');
    const socket = pair.lane.handBack(reader.received);
    pair.client.resetAndDestroy();
    socket.resume();
    await eventually('the close', () => socket.closed);
  });
});
