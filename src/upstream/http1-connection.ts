// One keep-alive connection to the runtime: an undici client that carries one exchange at a time.
import { connect, type Socket } from 'node:net';
import { type buildConnector, Client, type Dispatcher } from 'undici';
import type { UpstreamConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import { hostAndPort } from '../http/authority.ts';
import { maxResponseHeaderBytes } from '../http/response-head.ts';
import { ConnectFailure } from './http1-failure.ts';
import type { ConnectionEvents, PooledConnection } from './http1-pool.ts';

export class Http1Connection implements PooledConnection {
  readonly #client: Client;
  readonly #config: UpstreamConfig;
  readonly #events: ConnectionEvents<Http1Connection>;
  #socket: Socket | null = null; // connecting or connected; undici may open another one after it
  #exchangesOnSocket = 0;
  #bytesReadBefore = 0;

  constructor(config: UpstreamConfig, events: ConnectionEvents<Http1Connection>) {
    this.#config = config;
    this.#events = events;
    this.#client = new Client(`http://${hostAndPort(config.host, config.port)}`, {
      connect: (_options, callback) => this.#connect(callback),
      pipelining: 1,
      // No hidden timeouts: a long inference is never cut here (--upstream-request-timeout is the option for it).
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: config.idleTimeoutMs,
      keepAliveMaxTimeout: config.idleTimeoutMs, // a runtime's Keep-Alive hint may shorten the time, never lengthen it
      keepAliveTimeoutThreshold: 500,
      maxHeaderSize: maxResponseHeaderBytes,
      allowH2: false,
    });
  }

  /** The bytes of this exchange are about to be written: true when the socket carried an exchange before. */
  markStarted(): boolean {
    this.#bytesReadBefore = this.#socket?.bytesRead ?? 0;
    return this.#exchangesOnSocket++ > 0;
  }

  /** Not one byte came from the runtime since markStarted. */
  get silent(): boolean {
    return this.#socket?.bytesRead === this.#bytesReadBefore;
  }

  /** The connection was reset or broke: an answer that goes on until the connection ends is then not known to be whole. */
  get broken(): boolean {
    return this.#socket?.errored != null;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#client.dispatch(options, handler);
  }

  destroy(): void {
    void this.#client.destroy();
    this.#socket?.destroy();
  }

  #connect(callback: buildConnector.Callback): void {
    const { host, port, connectTimeoutMs } = this.#config;
    const socket = connect({ host, port, noDelay: true, keepAlive: true });
    this.#socket = socket;
    const deadline = setTimeout(() => {
      socket.destroy(
        new OutriggerError('UPSTREAM_TIMEOUT', `no connection to the runtime within ${connectTimeoutMs} ms`),
      );
    }, connectTimeoutMs);
    const failed = (error: Error): void => {
      clearTimeout(deadline);
      callback(new ConnectFailure(error), null);
    };
    socket.once('error', failed);
    socket.once('connect', () => {
      clearTimeout(deadline);
      socket.off('error', failed);
      this.#exchangesOnSocket = 0;
      this.#events.connected();
      callback(null, socket);
    });
    socket.once('close', () => {
      clearTimeout(deadline);
      this.#events.closed(this);
    });
  }
}
