// Plain HTTP/2 ends for tests, on node:http2: a runtime that the test answers for, and a client that tells all it saw.
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Http2Runtime {
  readonly port: number;
  /** In order of arrival, closed ones included. */
  readonly sessions: readonly ServerHttp2Session[];
  /** Streams begun so far. */
  readonly streams: () => number;
  /** Breaks every connection without a word of HTTP/2, and goes on. */
  kill(): void;
  /** Ends at once, open connections included. */
  stop(): Promise<void>;
}

export type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, raw: string[]) => void;

/** `port` 0 is any free port. */
export async function http2Runtime(onStream: OnStream, options: ServerOptions = {}, port = 0): Promise<Http2Runtime> {
  const server = createServer(options);
  const sessions: ServerHttp2Session[] = [];
  const sockets = new Set<Socket>();
  let streams = 0;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('session', (session) => {
    session.on('error', () => undefined);
    sessions.push(session);
  });
  server.on('stream', ((stream, headers, flags, raw) => {
    streams += 1;
    stream.on('error', () => undefined);
    onStream(stream, headers, flags, raw);
  }) as OnStream);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const kill = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const stop = async (): Promise<void> => {
    for (const session of sessions) session.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  onTestFinished(stop);
  return { port: (server.address() as AddressInfo).port, sessions, streams: () => streams, kill, stop };
}

export interface Http2Result {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly raw: readonly string[];
  readonly trailers: IncomingHttpHeaders | null;
  readonly body: Buffer;
  readonly informational: readonly IncomingHttpHeaders[];
  /** The answer's HEADERS ended the stream. */
  readonly headersOnly: boolean;
  readonly rstCode: number;
  readonly failed: boolean; // an 'error' was emitted
}

export function http2Client(port: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`, { maxSessionMemory: 256 }); // one large write is no fault
  session.on('error', () => undefined);
  onTestFinished(() => session.destroy());
  return session;
}

export interface Http2Call {
  readonly body?: Uint8Array;
  readonly trailers?: OutgoingHttpHeaders;
  /** The first bytes of the answer's body have come. */
  readonly begun?: () => void;
}

/** Settles when the stream is closed, whatever happened to it. */
export function call(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  sent: Http2Call = {},
): Promise<Http2Result> {
  const { body, trailers: toSend, begun } = sent;
  const endStream = body === undefined && toSend === undefined;
  const stream = session.request(headers, { endStream, waitForTrailers: toSend !== undefined });
  if (toSend !== undefined) stream.on('wantTrailers', () => stream.sendTrailers(toSend));
  if (begun !== undefined) stream.once('data', begun);
  if (!endStream) stream.end(body);
  return resultOf(stream);
}

export function resultOf(stream: ReturnType<ClientHttp2Session['request']>): Promise<Http2Result> {
  return new Promise((resolve, reject) => {
    let [fields, raw]: [IncomingHttpHeaders, string[]] = [{}, []];
    let trailers: IncomingHttpHeaders | null = null;
    let [headersOnly, failed] = [false, false];
    const informational: IncomingHttpHeaders[] = [];
    const chunks: Buffer[] = [];
    const deadline = setTimeout(() => reject(new Error('the stream did not close within 30 s')), 30_000);
    stream.on('headers', (one) => informational.push(one));
    stream.on('response', (received, flags, list?: string[]) => {
      [fields, raw, headersOnly] = [received, list ?? [], (flags & 1) === 1];
    });
    stream.on('trailers', (received) => {
      trailers = received;
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', () => {
      failed = true;
    });
    stream.on('close', () => {
      clearTimeout(deadline);
      resolve({
        status: Number(fields[':status'] ?? 0),
        headers: fields,
        raw,
        trailers,
        body: Buffer.concat(chunks),
        informational,
        headersOnly,
        rstCode: stream.rstCode ?? 0,
        failed,
      });
    });
  });
}
