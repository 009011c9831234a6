// Small real servers on 127.0.0.1 that a probe can be pointed at, with a count of the connections they saw.
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { eventually } from '../eventually.ts';

export interface Probed {
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: () => number;
  /** Connections open now. */
  readonly open: () => number;
  /** Stops at once, open connections included; the end of the test does it too. */
  readonly stop: () => Promise<void>;
}

/** Port 0 is any free port. */
export async function serve(server: Server, port = 0): Promise<Probed> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;
  const stop = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  onTestFinished(stop);
  return { port: bound, accepted: () => accepted, open: () => sockets.size, stop };
}

export function serveHttp(listener: RequestListener, port = 0): Promise<Probed> {
  return serve(createHttpServer(listener), port);
}

/** Accepts and never says a word. */
export function serveSilence(): Promise<Probed> {
  return serve(createTcpServer((socket) => socket.resume()));
}

/** Answers the first bytes of each connection with `answer`, then ends it. */
export function serveBytes(answer: string): Promise<Probed> {
  return serve(createTcpServer((socket) => socket.once('data', () => socket.end(answer))));
}

/** Closes every connection at once until `failures` came, then answers 200 on the same port. */
export async function serveLate(port: number, failures: number): Promise<Probed> {
  const starting = createTcpServer((socket) => socket.destroy());
  const early = await serve(starting, port);
  await eventually(`${failures} failed attempts`, () => early.accepted() >= failures);
  await early.stop();
  return serveHttp((_request, response) => response.end(), early.port);
}
