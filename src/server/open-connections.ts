// The client connections that are open, whatever Socket object each of them is at the moment.
import type { Socket } from 'node:net';
import type { Metrics } from '../metrics.ts';
import type { ConnectionHome } from './connection-home.ts';

export class OpenConnections {
  readonly #open = new Set<OpenConnection>();
  #onEmpty: () => void = () => undefined;

  get size(): number {
    return this.#open.size;
  }

  add(socket: Socket): OpenConnection {
    const connection = new OpenConnection(socket, () => {
      this.#open.delete(connection);
      if (this.#open.size === 0) this.#onEmpty();
    });
    this.#open.add(connection);
    return connection;
  }

  /** Resolves when no connection is left. */
  emptied(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  destroyAll(): void {
    for (const connection of this.#open) connection.socket.destroy();
  }
}

export class OpenConnection implements ConnectionHome {
  #socket: Socket;
  #metrics: Metrics | null = null;
  #protocol: 'http1' | 'http2' | null = null;
  readonly #ended: () => void;

  constructor(socket: Socket, ended: () => void) {
    this.#socket = socket;
    this.#ended = ended;
    this.#watch(socket);
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** From here on it counts, by its protocol. */
  countIn(metrics: Metrics): void {
    this.#metrics = metrics;
  }

  told(protocol: 'http1' | 'http2'): void {
    if (this.#protocol !== null || this.#socket.closed) return;
    this.#protocol = protocol;
    this.#metrics?.connections(protocol).add(1);
  }

  movedTo(socket: Socket): void {
    this.#socket = socket;
    this.#watch(socket);
  }

  #watch(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      if (socket !== this.#socket) return;
      if (this.#protocol !== null) this.#metrics?.connections(this.#protocol).add(-1);
      this.#ended();
    });
  }
}
