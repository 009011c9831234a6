// Keep-alive connections to the runtime: the one used last is used next, so that surplus ones grow old and close.
import type { UpstreamConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import { Http1Connection } from './http1-connection.ts';
import type { Reachability } from './reachability.ts';

export interface PoolParts {
  readonly config: UpstreamConfig;
  readonly metrics: Metrics;
  readonly reachability: Reachability;
}

/** Requests that wait for a connection, as a multiple of maxConnections; beyond: 503. */
const waitersPerConnection = 10;

type Waiter = (connection: Http1Connection) => void;

export class Http1Pool {
  readonly #parts: PoolParts;
  readonly #idle: Http1Connection[] = [];
  readonly #open = new Set<Http1Connection>(); // idle and busy
  readonly #waiters: Waiter[] = [];

  constructor(parts: PoolParts) {
    this.#parts = parts;
  }

  /**
   * Hands a connection to `use`, at once or as soon as one is free (first come, first served).
   * @throws OutriggerError OVERLOADED when maxConnections are busy and too many wait already.
   */
  acquire(use: Waiter): void {
    const idle = this.#idle.pop();
    if (idle !== undefined) {
      this.#count();
      use(idle);
      return;
    }
    const { maxConnections } = this.#parts.config;
    if (this.#open.size < maxConnections) use(this.open());
    else if (this.#waiters.length < maxConnections * waitersPerConnection) this.#waiters.push(use);
    else throw new OutriggerError('OVERLOADED', `${maxConnections} connections to the runtime are busy`);
  }

  /** A new connection, whatever lies idle: what a retry after a stale connection asks for. */
  open(): Http1Connection {
    const connection = new Http1Connection(this.#parts.config, {
      connected: () => {
        this.#parts.reachability.markReached();
        this.#parts.metrics.upstreamConnects('ok').add();
      },
      closed: (closed) => this.#discardIdle(closed),
    });
    this.#open.add(connection);
    this.#count();
    return connection;
  }

  /** The exchange is over and the connection may carry another. */
  release(connection: Http1Connection): void {
    if (!this.#open.has(connection)) return;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) waiter(connection);
    else {
      this.#idle.push(connection);
      this.#count();
    }
  }

  /** The exchange failed: the connection is not used again. */
  discard(connection: Http1Connection): void {
    if (!this.#open.delete(connection)) return;
    connection.destroy();
    this.#count();
    if (this.#waiters.length > 0) (this.#waiters.shift() as Waiter)(this.open());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#open) connection.destroy();
    this.#open.clear();
    this.#idle.length = 0;
    this.#count();
  }

  #discardIdle(connection: Http1Connection): void {
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
