// One port for HTTP/1.1 and HTTP/2 with prior knowledge: bound before any slow work, told apart by a connection's first bytes.
import { createServer, type Server, type Socket } from 'node:net';
import type { ListenerConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import type { DrainHooks } from './drain.ts';
import { planMaxConnections, readMaxOpenFiles } from './open-files.ts';
import type { ProtocolServer } from './protocol-server.ts';
import { endWithError } from './raw-refusal.ts';
import { tellApart } from './tell-apart.ts';
import { nextRound, untilUnasked } from './unasked-moment.ts';

interface Protocols {
  readonly http1: ProtocolServer;
  readonly http2: ProtocolServer;
  readonly metrics: Metrics;
}

/** Dispose: stops accepting and breaks every connection. */
export interface Listener extends DrainHooks, AsyncDisposable {
  readonly port: number;
  /** As configured, or less when fewer files may be open. */
  readonly maxConnections: number;
  /** Connections wait, unread, until this is called. */
  serve(protocols: Protocols): void;
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
  readonly #connections = new Set<Socket>();
  readonly #silent = new Set<Socket>(); // not one byte came yet
  readonly #waiting: Socket[] = []; // accepted before serve()
  #refused = 0; // of the connections
  #accepted = 0; // since start
  #protocols: Protocols | null = null;
  #onEmpty: () => void = () => undefined;

  constructor(config: ListenerConfig) {
    this.#config = config;
    this.maxConnections = planMaxConnections(config.maxConnections, readMaxOpenFiles());
    // allowHalfOpen: a client may end its side and still wait for its answer.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) => {
      this.#accept(socket);
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : this.#config.port;
  }

  listen(): Promise<void> {
    return listen(this.#server, this.#config);
  }

  serve(protocols: Protocols): void {
    this.#protocols = protocols;
    for (const socket of this.#waiting.splice(0)) this.#greet(socket, protocols);
  }

  askClientsToLeave(): void {
    this.#protocols?.http1.askClientsToLeave();
    this.#protocols?.http2.askClientsToLeave();
  }

  async stopAccepting(): Promise<void> {
    if (!this.#server.listening) return;
    await untilUnasked(() => this.#accepted);
    this.#server.close();
  }

  async endIdle(): Promise<void> {
    for (let round = 0; round < 2; round++) await nextRound(); // what is here already is read first: a whole round, and this one's rest
    for (const socket of [...this.#waiting.splice(0), ...this.#silent]) socket.destroy();
    this.#protocols?.http1.endIdle();
    this.#protocols?.http2.endIdle();
  }

  emptied(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  cut(): void {
    for (const socket of this.#connections) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.cut();
  }

  #accept(socket: Socket): void {
    this.#accepted += 1;
    this.#connections.add(socket);
    socket.once('close', () => {
      this.#connections.delete(socket);
      if (this.#connections.size === 0) this.#onEmpty();
    });
    socket.on('error', () => socket.destroy());
    if (this.#protocols === null) this.#waiting.push(socket);
    else this.#greet(socket, this.#protocols);
  }

  #greet(socket: Socket, served: Protocols): void {
    if (this.#connections.size - this.#refused > this.maxConnections) {
      this.#refuse(socket, served.metrics);
      return;
    }
    served.metrics.connectionsTotal.add();
    this.#silent.add(socket);
    tellApart(socket, {
      timeoutMs: this.#config.headersTimeoutMs,
      spoke: () => this.#silent.delete(socket),
      told: (isHttp2) => {
        const protocol = isHttp2 ? 'http2' : 'http1';
        const gauge = served.metrics.connections(protocol);
        gauge.add(1);
        socket.once('close', () => gauge.add(-1));
        served[protocol].accept(socket);
      },
    });
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
