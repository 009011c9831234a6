// How node:http and http/request-head.ts read a request head: what the plain lane's parser must agree with.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { ListenerConfig } from '../../src/config/slices.ts';
import type { RequestHead } from '../../src/http/request-head.ts';
import { readRequest } from '../../src/server/request-target.ts';

interface NodeReading {
  readonly method: string;
  readonly path: string;
  readonly keepAlive: boolean;
  readonly head: RequestHead;
}

export interface NodeJudge {
  /** Null when node's parser or ours behind it refuses, or takes it for more than a request (Upgrade, CONNECT). */
  read(bytes: Uint8Array): Promise<NodeReading | null>;
}

/** One message of a client that then ends its side. */
class Message extends Duplex {
  readonly remoteAddress = judgedClient;
  override _read(): void {
    // everything is pushed
  }
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }
}

export const judgedClient = '::ffff:10.0.0.9';

export function openNodeJudge(limits: ListenerConfig): NodeJudge {
  const { maxHeaderBytes, maxUrlBytes } = limits;
  const server = createServer({ requireHostHeader: false, maxHeaderSize: maxHeaderBytes + maxUrlBytes + 1024 });
  const waiting = new WeakMap<object, (reading: NodeReading | null) => void>();
  server.maxHeadersCount = 0;
  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    waiting.get(incoming.socket)?.(judge(incoming, outgoing.shouldKeepAlive, limits));
  };
  server.on('request', onRequest).on('checkContinue', onRequest).on('checkExpectation', onRequest);
  const onRefused = (socket: object): void => waiting.get(socket)?.(null);
  server.on('clientError', (_error, socket) => onRefused(socket));
  server
    .on('upgrade', (_incoming, socket) => onRefused(socket))
    .on('connect', (_incoming, socket) => onRefused(socket));
  return {
    read: (bytes) =>
      new Promise<NodeReading | null>((resolve) => {
        const message = new Message();
        waiting.set(message, (reading) => {
          resolve(reading);
          message.destroy();
        });
        message.on('error', () => resolve(null));
        server.emit('connection', message as unknown as Socket);
        message.push(bytes);
        message.push(null);
      }),
  };
}

function judge(incoming: IncomingMessage, keepAlive: boolean, limits: ListenerConfig): NodeReading | null {
  try {
    const { head, path } = readRequest(incoming, limits);
    return { method: incoming.method as string, path, keepAlive, head };
  } catch {
    return null;
  }
}
