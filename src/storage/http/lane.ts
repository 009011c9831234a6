// One exchange after the other on one connection, which is kept as long as the next one goes the same way.
import type { TransferConfig } from '../../config/storage-config.ts';
import type { StoreRequest } from '../object-store.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { Exchange, type Outcome } from './exchange.ts';
import { failureOf } from './fetch-failure.ts';
import type { AnswerReceiver, FetchFailure } from './http-client.ts';
import type { ReusableLane } from './lane-pool.ts';
import { type Route, routeKey } from './proxy.ts';
import { requestBytes } from './request-bytes.ts';

export interface LaneOptions {
  /** @throws Error when no way leads there */
  readonly planRoute: (url: URL) => Route;
  readonly connections: Pick<ConnectionOptions, 'trust' | 'guard' | 'proxyGuard' | 'memory'>;
  readonly transfer: Pick<TransferConfig, 'connectTimeoutMs' | 'idleTimeoutMs'>;
}

/** A stall is noticed after 4/4 to 5/4 of idleTimeoutMs: comparing a number now and then costs nothing per chunk. */
const idleTicks = 4;

export class Lane implements ReusableLane {
  readonly #options: LaneOptions;
  #connection: Connection | null = null;
  #connectedTo = ''; // routeKey
  #exchange: Exchange | null = null;
  #idleTimer: NodeJS.Timeout | null = null;
  #quietTicks = 0;
  #readsSeen = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get idleAt(): string | null {
    return this.#exchange === null && this.#connection?.usable ? this.#connectedTo : null;
  }

  placeOf(url: URL): string | null {
    try {
      return routeKey(this.#options.planRoute(url));
    } catch {
      return null; // which the exchange tells of
    }
  }

  fetch(request: StoreRequest, receiver: AnswerReceiver): () => void {
    if (this.#exchange !== null) throw new Error('a lane carries one exchange at a time');
    const { exchange, reason } = this.#open(request, receiver);
    this.#exchange = exchange;
    if (reason === null) this.#send(exchange);
    else process.nextTick(() => this.#settle(exchange, { failure: reason, reusable: true }));
    return () => this.#cancel(exchange);
  }

  close(): void {
    this.#drop();
    const exchange = this.#exchange;
    if (exchange === null) return;
    exchange.abandon();
    this.#settle(exchange, {
      failure: failureOf('broken', { at: exchange.route, words: 'the lane was closed' }),
      reusable: false,
    });
  }

  /** `reason`: why it cannot be sent. */
  #open(request: StoreRequest, receiver: AnswerReceiver): { exchange: Exchange; reason: FetchFailure | null } {
    try {
      const route = this.#options.planRoute(request.url);
      const requestText = requestBytes(request, route);
      return { exchange: new Exchange({ request, receiver, route, requestText }), reason: null };
    } catch (error) {
      const cause = error as Error;
      const route = { host: request.url.hostname, port: Number(request.url.port), secure: false, proxy: null };
      const reason = { kind: 'protocol', message: `not sent: ${cause.message}`, cause } as const;
      return { exchange: new Exchange({ request, receiver, route, requestText: '' }), reason };
    }
  }

  #send(exchange: Exchange): void {
    const key = routeKey(exchange.route);
    if (this.#connection?.usable && key === this.#connectedTo) {
      exchange.sentOnIdle = true;
      this.#write(this.#connection, exchange);
      return;
    }
    this.#drop();
    this.#connectedTo = key;
    this.#connection = this.#dial(exchange.route);
  }

  #dial(route: Route): Connection {
    const { connections, transfer } = this.#options;
    const connection = new Connection({
      ...connections,
      route,
      connectTimeoutMs: transfer.connectTimeoutMs,
      events: {
        ready: () => this.#write(connection, this.#exchange as Exchange),
        bytes: (bytes, length) => this.#read(bytes, length),
        gone: (failure, orderly) => this.#lose(failure, orderly),
      },
    });
    return connection;
  }

  #write(connection: Connection, exchange: Exchange): void {
    connection.write(exchange.requestText);
    this.#quietTicks = 0;
    this.#readsSeen = 0;
    const everyMs = Math.max(1, Math.min(this.#options.transfer.idleTimeoutMs / idleTicks, 2 ** 31 - 1));
    this.#idleTimer = setInterval(() => this.#lookForBytes(exchange), everyMs);
  }

  #lookForBytes(exchange: Exchange): void {
    this.#quietTicks = exchange.reads === this.#readsSeen ? this.#quietTicks + 1 : 0;
    this.#readsSeen = exchange.reads;
    if (this.#quietTicks < idleTicks) return;
    const words = `no byte for ${this.#options.transfer.idleTimeoutMs} ms`;
    this.#settle(exchange, exchange.cut(failureOf('stalled', { at: exchange.route, words }), false));
  }

  #read(bytes: Buffer, length: number): void {
    const exchange = this.#exchange;
    if (exchange === null) {
      this.#drop(); // bytes that nobody asked for
      return;
    }
    const outcome = exchange.read(bytes, length);
    if (outcome !== null) this.#settle(exchange, outcome);
  }

  #lose(failure: FetchFailure, orderly: boolean): void {
    this.#drop();
    const exchange = this.#exchange;
    if (exchange === null) return;
    if (exchange.sentOnIdle && !exchange.begun) {
      // It was closed as we wrote: nobody saw the request, or nobody answers for it, and to read twice does no harm.
      this.#stopIdleTimer();
      exchange.sentOnIdle = false;
      this.#send(exchange);
      return;
    }
    this.#settle(exchange, exchange.cut(failure, orderly));
  }

  /** The lane is free before the receiver hears of it, which may fetch the next at once. */
  #settle(exchange: Exchange, { failure, reusable }: Outcome): void {
    if (this.#exchange !== exchange) return;
    this.#exchange = null;
    this.#stopIdleTimer();
    if (!reusable) this.#drop();
    exchange.end(failure);
  }

  #cancel(exchange: Exchange): void {
    if (this.#exchange !== exchange) return;
    exchange.abandon();
    this.#exchange = null;
    this.#stopIdleTimer();
    this.#drop();
  }

  #drop(): void {
    const connection = this.#connection;
    this.#connection = null;
    connection?.close();
  }

  #stopIdleTimer(): void {
    if (this.#idleTimer !== null) clearInterval(this.#idleTimer);
    this.#idleTimer = null;
  }
}
