// Lane sockets over real connections: a port whose connections are lanes, and a reader that remembers what it was told.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { acceptSocket, type SocketWay } from '../../src/lanes/socket/accept-socket.ts';
import type { ClientSocket, ConnectReader, SocketReader } from '../../src/lanes/socket/lane-socket.ts';
import { eventually } from './eventually.ts';

export const ways = ['swap', 'public'] as const satisfies readonly SocketWay[];

export class RememberingReader implements ConnectReader {
  /** What `read` answers. */
  goOn = true;
  /** Called inside `read`, before it answers. */
  inside: (bytes: Buffer) => void = () => undefined;
  landing: Buffer = Buffer.alloc(65_536);
  received: Buffer = Buffer.alloc(0);
  readonly told: string[] = []; // 'connected', 'ended', 'drained', 'closed', 'closed CODE'
  buffersAsked = 0;

  buffer(): Buffer {
    this.buffersAsked += 1;
    return this.landing;
  }

  read(bytes: Buffer, length: number): boolean {
    const fresh = bytes.subarray(0, length);
    this.received = Buffer.concat([this.received, fresh]);
    this.inside(fresh);
    return this.goOn;
  }

  connected(): void {
    this.told.push('connected');
  }

  ended(): void {
    this.told.push('ended');
  }

  drained(): void {
    this.told.push('drained');
  }

  closed(error: NodeJS.ErrnoException | null): void {
    this.told.push(error === null ? 'closed' : `closed ${error.code}`);
  }

  get text(): string {
    return this.received.toString('latin1');
  }

  get isClosed(): boolean {
    return this.told.some((what) => what.startsWith('closed'));
  }

  heard(what: string): Promise<void> {
    return eventually(`${what} is told`, () => this.told.includes(what));
  }
}

/** A port as the agent's: connections are accepted unread. Dispose: breaks everything. */
export class LanePort implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(accept: (socket: Socket) => void) {
    const options = { allowHalfOpen: true, noDelay: true, keepAlive: true, pauseOnConnect: true };
    this.#server = createServer(options, (socket) => {
      accept(this.track(socket));
    });
  }

  static async open(accept: (socket: Socket) => void): Promise<LanePort> {
    const port = new LanePort(accept);
    port.#server.listen(0, '127.0.0.1');
    await once(port.#server, 'listening');
    return port;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  connect(): Socket {
    const socket = connect({ port: this.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    socket.on('error', () => undefined);
    return this.track(socket);
  }

  track(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }
}

export interface LanePair extends AsyncDisposable {
  readonly client: Socket;
  readonly lane: ClientSocket;
}

/** One client, connected to one lane. */
export async function openLanePair(reader: SocketReader, way: SocketWay): Promise<LanePair> {
  const accepted = Promise.withResolvers<ClientSocket>();
  const port = await LanePort.open((socket) => {
    const lane = acceptSocket(socket, reader, way);
    port.track(lane.socket);
    accepted.resolve(lane);
  });
  const client = port.connect();
  return { client, lane: await accepted.promise, [Symbol.asyncDispose]: () => port[Symbol.asyncDispose]() };
}

/** All that a socket reads until its other side ends. */
export async function readToEnd(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'end');
  return Buffer.concat(chunks);
}
