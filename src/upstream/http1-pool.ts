// Keep-alive connections to the runtime: the one used last is used next, so that surplus ones grow old and close.
import type { UpstreamConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import type { Reachability } from './reachability.ts';

export interface PooledConnection {
  /** Ends it at once, also while it is being made; an exchange on it fails. */
  destroy(): void;
}

export interface ConnectionEvents<Connection> {
  connected(): void;
  /** Connecting failed, or the connection ended while idle or in use. */
  closed(connection: Connection): void;
}

export interface PoolParts<Connection> {
  readonly config: UpstreamConfig;
  readonly metrics: Metrics;
  readonly reachability: Reachability;
  /** Begins to connect; the connection may be used at once, and sends when it can. */
  open(events: ConnectionEvents<Connection>): Connection;
}

/** Who asks for a connection; it gives each one back with `release` or `discard`. */
export interface ConnectionUser<Connection> {
  use(connection: Connection): void;
}

/** Requests that wait for a connection, as a multiple of maxConnections; beyond: 503. */
const waitersPerConnection = 10;

export class ConnectionPool<Connection extends PooledConnection> implements AsyncDisposable {
  readonly #parts: PoolParts<Connection>;
  readonly #events: ConnectionEvents<Connection>;
  readonly #idle: Connection[] = [];
  readonly #open = new Set<Connection>(); // idle and busy
  readonly #waiters: ConnectionUser<Connection>[] = []; // in order of arrival; a Set would keep them alive (server/in-flight.ts)
  #closed = false;

  constructor(parts: PoolParts<Connection>) {
    this.#parts = parts;
    this.#events = {
      connected: () => {
        parts.reachability.markReached();
        parts.metrics.upstreamConnects('ok').add();
      },
      closed: (connection) => this.#discardIdle(connection),
    };
  }

  /**
   * Hands a connection to `user`, at once or as soon as one is free (first come, first served).
   * @throws OutriggerError OVERLOADED when maxConnections are busy and too many wait already; SHUTTING_DOWN when closed.
   */
  acquire(user: ConnectionUser<Connection>): void {
    if (this.#closed) throw new OutriggerError('SHUTTING_DOWN', 'the agent stops');
    const idle = this.#idle.pop();
    if (idle !== undefined) {
      this.#count();
      user.use(idle);
      return;
    }
    const { maxConnections } = this.#parts.config;
    if (this.#open.size < maxConnections) user.use(this.#connect());
    else if (this.#waiters.length < maxConnections * waitersPerConnection) this.#waiters.push(user);
    else {
      this.#parts.metrics.queueRefused.add();
      throw new OutriggerError('OVERLOADED', `${maxConnections} connections to the runtime are busy`);
    }
  }

  /** True when `user` was still waiting; it gets no connection any more. */
  abandon(user: ConnectionUser<Connection>): boolean {
    const at = this.#waiters.indexOf(user);
    if (at >= 0) this.#waiters.splice(at, 1);
    return at >= 0;
  }

  /** The exchange is over and the connection may carry another. */
  release(connection: Connection): void {
    if (!this.#open.has(connection) || this.#handToWaiter(connection)) return;
    this.#idle.push(connection);
    this.#count();
  }

  /** The exchange failed, or the connection ended while idle: it is not used again. */
  discard(connection: Connection): void {
    if (!this.#open.delete(connection)) return;
    connection.destroy();
    this.#count();
    if (this.#waiters.length > 0) this.#handToWaiter(this.#connect());
  }

  /** A new connection in the place of a dead one, whatever lies idle; null when the pool is closed. */
  replace(dead: Connection): Connection | null {
    if (this.#closed) return null;
    this.#open.delete(dead);
    dead.destroy();
    return this.#connect();
  }

  /** Exchanges under way fail; who still waits was told by its client, which the listener has cut by now. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const open = [...this.#open];
    this.#open.clear();
    this.#idle.length = 0;
    this.#count();
    for (const connection of open) connection.destroy();
  }

  #connect(): Connection {
    const connection = this.#parts.open(this.#events);
    this.#open.add(connection);
    this.#count();
    return connection;
  }

  #handToWaiter(connection: Connection): boolean {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) return false;
    waiter.use(connection);
    return true;
  }

  #discardIdle(connection: Connection): void {
    const at = this.#idle.indexOf(connection);
    if (at < 0) return; // busy: its exchange ends first and decides
    this.#idle.splice(at, 1);
    this.discard(connection);
  }

  #count(): void {
    const { upstreamConnections } = this.#parts.metrics;
    upstreamConnections.idle.set(this.#idle.length);
    upstreamConnections.busy.set(this.#open.size - this.#idle.length);
  }
}
