// One port for HTTP/1.1 and HTTP/2 with prior knowledge: bound before any slow work, told apart by a connection's first bytes.
import { createServer, type Server, type Socket } from 'node:net';
import type { ListenerConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import type { DrainHooks } from './drain.ts';
import type { Front } from './front.ts';
import { type OpenConnection, OpenConnections } from './open-connections.ts';
import { planMaxConnections, readMaxOpenFiles } from './open-files.ts';
import { endWithError } from './raw-refusal.ts';
import { nextRound, untilUnasked } from './unasked-moment.ts';

interface Service {
  readonly front: Front;
  readonly metrics: Metrics;
}

/** Dispose: stops accepting and breaks every connection. */
export interface Listener extends DrainHooks, AsyncDisposable {
  readonly port: number;
  /** As configured, or less when fewer files may be open. */
  readonly maxConnections: number;
  /** Connections wait, unread, until this is called. */
  serve(service: Service): void;
}

/** Refused connections that may be reading their 503 at once, and never more than are served; beyond, they are closed without a word. */
const maxRefused = 256;

/** Binds the port. @throws OutriggerError PORT_UNAVAILABLE when the port cannot be had */
export async function bindListener(config: ListenerConfig): Promise<Listener> {
  const bound = new BoundListener(config);
  await bound.listen();
  return bound;
}

class BoundListener implements Listener {
  readonly maxConnections: number;
  readonly #config: ListenerConfig;
  readonly #server: Server;
  readonly #connections = new OpenConnections();
  readonly #waiting: OpenConnection[] = []; // accepted before serve()
  #refused = 0; // of the connections
  #accepted = 0; // since start
  #service: Service | null = null;

  constructor(config: ListenerConfig) {
    this.#config = config;
    this.maxConnections = planMaxConnections(config.maxConnections, readMaxOpenFiles());
    // allowHalfOpen: a client may end its side and still wait for its answer. pauseOnConnect: who serves it decides how it is read.
    const options = { allowHalfOpen: true, noDelay: true, keepAlive: true, pauseOnConnect: true };
    this.#server = createServer(options, (socket) => this.#accept(socket));
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : this.#config.port;
  }

  listen(): Promise<void> {
    return listen(this.#server, this.#config);
  }

  serve(service: Service): void {
    this.#service = service;
    for (const connection of this.#waiting.splice(0)) this.#greet(connection, service);
  }

  askClientsToLeave(): void {
    this.#service?.front.askClientsToLeave();
  }

  async stopAccepting(): Promise<void> {
    if (!this.#server.listening) return;
    await untilUnasked(() => this.#accepted);
    this.#server.close();
  }

  async endIdle(): Promise<void> {
    for (let round = 0; round < 2; round++) await nextRound(); // what is here already is read first: a whole round, and this one's rest
    for (const { socket } of this.#waiting.splice(0)) socket.destroy();
    this.#service?.front.endIdle();
  }

  emptied(): Promise<void> {
    return this.#connections.emptied();
  }

  cut(): void {
    this.#connections.destroyAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.cut();
  }

  #accept(socket: Socket): void {
    this.#accepted += 1;
    const connection = this.#connections.add(socket);
    if (this.#service === null) this.#waiting.push(connection);
    else this.#greet(connection, this.#service);
  }

  #greet(connection: OpenConnection, { front, metrics }: Service): void {
    if (this.#connections.size - this.#refused > this.maxConnections) {
      this.#refuse(connection.socket, metrics);
      return;
    }
    metrics.connectionsTotal.add();
    connection.countIn(metrics);
    front.accept(connection.socket, connection);
  }

  #refuse(socket: Socket, metrics: Metrics): void {
    metrics.connectionsRefused.add();
    this.#refused += 1;
    socket.once('close', () => {
      this.#refused -= 1;
    });
    const most = this.maxConnections;
    if (this.#refused > Math.min(maxRefused, most)) socket.destroy();
    else endWithError(socket, new OutriggerError('TOO_MANY_CONNECTIONS', `${most} connections are open`), metrics);
  }
}

function listen(server: Server, { host, port }: ListenerConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason =
        cause.code === 'EADDRINUSE' ? 'the port is in use: stop its owner or choose another' : cause.message;
      reject(
        new OutriggerError('PORT_UNAVAILABLE', `--port: cannot listen on ${host || '*'}:${port}: ${reason}`, { cause }),
      );
    });
    server.listen({ port, backlog: 1024, ...(host === '' ? {} : { host }) }, () => {
      server.removeAllListeners('error');
      server.on('error', () => undefined); // EMFILE while accepting: node tries again by itself
      resolve();
    });
  });
}
