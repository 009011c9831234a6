// A sink over real sockets that keeps every request as it came, and answers each as the test says.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import { eventually } from '../../support/eventually.ts';
import { type Probed, serve } from '../../support/runtimes/probed.ts';
import { readEvents, type SeenEvent } from './seen-event.ts';

export interface SinkRequest {
  readonly method: string;
  readonly target: string;
  /** As on the wire, latin1: name, value, name, value, … */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** Which connection it came over, from 0. */
  readonly connection: number;
}

/** Is called when the whole request is there. */
type Answer = (request: SinkRequest, response: ServerResponse) => void;

export interface Sink {
  readonly url: string;
  /** What --log-url of it is called in metrics. */
  readonly label: string;
  readonly port: number;
  /** Whole requests in order, whatever was answered. */
  readonly requests: readonly SinkRequest[];
  readonly connections: () => number;
  /** Of all requests that were answered 2xx. */
  events(): readonly SeenEvent[];
  /** Waits until so many events were taken, and for nothing more. */
  taken(count: number): Promise<readonly SeenEvent[]>;
  /** From now on; 202 until then. */
  answer(how: Answer): void;
  stop(): Promise<void>;
}

export interface SinkSettings {
  readonly port?: number;
  readonly tls?: ServerOptions;
  readonly path?: string;
}

export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_request, response) =>
    response.writeHead(code, headers).end();
export const accept: Answer = status(202);
export const hang: Answer = () => undefined;
export const reset: Answer = (_request, response) => void response.socket?.resetAndDestroy();
/** A head and a part of the body that it announced. */
export const breakOff: Answer = (_request, response) => {
  response.writeHead(200, { 'Content-Length': '100' }).write('half');
  response.socket?.end();
};

/** Ends with the test. */
export async function openSink({ port = 0, tls, path = '/' }: SinkSettings = {}): Promise<Sink> {
  const requests: SinkRequest[] = [];
  const events: SeenEvent[] = [];
  const connections = new Map<unknown, number>();
  let answer: Answer = accept;
  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    const { socket } = incoming;
    const connection = connections.get(socket) ?? connections.size;
    connections.set(socket, connection);
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('error', () => undefined);
    response.on('error', () => undefined);
    incoming.on('end', () => {
      const { method = '', url: target = '', rawHeaders } = incoming;
      const request = { method, target, rawHeaders, body: Buffer.concat(chunks), connection };
      requests.push(request);
      response.on('finish', () => {
        if (response.statusCode >= 200 && response.statusCode < 300) events.push(...readEvents(request));
      });
      answer(request, response);
    });
  };
  const server: Server = tls === undefined ? createServer(listener) : createHttpsServer(tls, listener);
  server.keepAliveTimeout = 60_000;
  const probed: Probed = await serve(server, port);
  const label = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${probed.port}${path}`;
  return {
    url: label,
    label,
    port: probed.port,
    requests,
    connections: probed.accepted,
    events: () => events,
    async taken(count) {
      await eventually(`${count} events at the sink, which has ${events.length}`, () => events.length >= count);
      return events;
    },
    answer(how) {
      answer = how;
    },
    stop: probed.stop,
  };
}
