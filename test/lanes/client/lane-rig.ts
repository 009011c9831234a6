// The lane between raw clients and a handler of the test's own, and beside it the node:http end with the same handler.
import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { readConfig } from '../../../src/config/read.ts';
import type { ListenerConfig } from '../../../src/config/slices.ts';
import { OutriggerError } from '../../../src/errors.ts';
import type { Handler, ProxyRequest, ProxyResponse } from '../../../src/http/exchange.ts';
import { FlatHeaderBlock } from '../../../src/http/header-block.ts';
import { openClientLane } from '../../../src/lanes/client/client-lane.ts';
import type { FirstBytes } from '../../../src/lanes/client/first-bytes.ts';
import { ReadMoment } from '../../../src/lanes/read-moment.ts';
import type { SocketWay } from '../../../src/lanes/socket/accept-socket.ts';
import { ReadBuffers } from '../../../src/lanes/socket/read-buffers.ts';
import { Scratch } from '../../../src/lanes/socket/scratch.ts';
import type { Log } from '../../../src/log.ts';
import { type Metrics, openMetrics } from '../../../src/metrics.ts';
import { Drain } from '../../../src/server/drain.ts';
import type { Front } from '../../../src/server/front.ts';
import { openHttp1Server } from '../../../src/server/http1.ts';
import { type OpenConnection, OpenConnections } from '../../../src/server/open-connections.ts';
import type { ProtocolServer } from '../../../src/server/protocol-server.ts';

export interface RigOptions {
  readonly handler: Handler;
  readonly config?: Partial<ListenerConfig>;
  readonly way?: SocketWay;
  readonly drain?: { readonly lastAnswers: boolean };
  readonly acceptHttp2?: (client: FirstBytes) => void;
}

export interface Rig {
  readonly port: number;
  readonly lane: Front;
  readonly metrics: Metrics;
  readonly buffers: CountedBuffers;
  readonly connections: OpenConnections;
  /** How many connections node:http took over. */
  handedOver(): number;
  /** What the log was told: 'level message'. */
  readonly logged: string[];
}

export async function openLaneRig(options: RigOptions): Promise<Rig> {
  const { metrics, http1, parts, logged } = openParts(options);
  const buffers = new CountedBuffers();
  let handed = 0;
  const lane = openClientLane({
    ...parts,
    buffers,
    scratch: new Scratch(),
    reading: new ReadMoment(),
    way: options.way ?? 'swap',
    handOver: (socket) => {
      handed += 1;
      http1.accept(socket);
    },
    acceptHttp2: options.acceptHttp2 ?? ((client) => void client.handBack().destroy()),
  });
  const connections = new OpenConnections();
  const port = await listen((socket) => lane.accept(socket, count(connections, socket, metrics)), connections);
  return { port, lane, metrics, buffers, connections, handedOver: () => handed, logged };
}

/** The same without a lane. */
export async function openNodeRig(options: RigOptions): Promise<{ readonly port: number; readonly metrics: Metrics }> {
  const { metrics, http1 } = openParts(options);
  const connections = new OpenConnections();
  const port = await listen((socket) => {
    count(connections, socket, metrics);
    socket.resume();
    http1.accept(socket);
  }, connections);
  return { port, metrics };
}

/** A handler's answer with `fields` flat and a body of text. */
export function answer(
  body: string | Uint8Array = '',
  more: Partial<ProxyResponse> & { fields?: string[] } = {},
): ProxyResponse {
  const { fields = [], ...rest } = more;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return { status: 200, headers: new FlatHeaderBlock(fields), body: bytes, trailers: null, ...rest };
}

/** All bytes of a request's body. */
export async function bodyOf(request: ProxyRequest): Promise<Buffer> {
  const { body } = request;
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A promise with its ends, which a handler may wait for. */
export function gate<T = void>(): PromiseWithResolvers<T> {
  return Promise.withResolvers<T>();
}

function openParts({ handler, config = {}, drain }: RigOptions) {
  const read = readConfig({ argv: ['--host', '127.0.0.1', '--port', '0'], env: {} });
  const metrics = openMetrics();
  const logged: string[] = [];
  const parts = {
    config: { ...read.listener, ...config },
    upstream: read.upstream,
    handler,
    drain: drain === undefined ? new Drain(read.drain) : Object.assign(new FixedDrain(read.drain), { last: drain }),
    metrics,
    log: logInto(logged),
    probes: { answer: () => null },
    connectFailure: (cause: Error) => new OutriggerError('UPSTREAM_UNREACHABLE', cause.message),
  };
  const http1: ProtocolServer = openHttp1Server(parts);
  return { metrics, http1, parts, logged };
}

/** How many of them are not back yet. */
class CountedBuffers extends ReadBuffers {
  lent = 0;

  override lend(): Buffer | null {
    this.lent += 1;
    return super.lend();
  }

  override giveBack(buffer: Buffer): void {
    this.lent -= 1;
    super.giveBack(buffer);
  }

  override lose(buffer: Buffer): void {
    this.lent -= 1;
    super.lose(buffer);
  }
}

/** A drain whose word about last answers is the test's. */
class FixedDrain extends Drain {
  last = { lastAnswers: false };

  override get lastAnswers(): boolean {
    return this.last.lastAnswers;
  }
}

function logInto(logged: string[]): Log {
  const at = (level: string) => (_fields: object, message: string) => void logged.push(`${level} ${message}`);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function count(connections: OpenConnections, socket: Socket, metrics: Metrics): OpenConnection {
  const connection = connections.add(socket);
  connection.countIn(metrics);
  return connection;
}

async function listen(accept: (socket: Socket) => void, connections: OpenConnections): Promise<number> {
  const options = { allowHalfOpen: true, noDelay: true, keepAlive: true, pauseOnConnect: true };
  const server = createServer(options, accept);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    connections.destroyAll();
  });
  return (server.address() as { port: number }).port;
}
