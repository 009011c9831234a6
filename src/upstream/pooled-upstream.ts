// HTTP/1.1 to the runtime: pooled connections for nearly everything, in whichever way, and node:http for what none of the ways can send.
import { OutriggerError } from '../errors.ts';
import { hostAndPort } from '../http/authority.ts';
import type { Handler, ProxyRequest, ProxyResponse } from '../http/exchange.ts';
import type { BufferCollector } from './buffer-collector.ts';
import { type ConnectionEvents, ConnectionPool, type PooledConnection } from './http1-pool.ts';
import { exchangeUnusual, type UnusualParts } from './http1-unusual.ts';
import type { Upstream, UpstreamParts } from './upstream.ts';

/** What all exchanges share. */
export interface ExchangeParts<Connection extends PooledConnection> {
  readonly pool: ConnectionPool<Connection>;
  readonly buffers: BufferCollector;
  /** Null when models have side effects: --retry-stale-connection=false. */
  readonly countRetry: (() => void) | null;
  readonly requestTimeoutMs: number | null;
  connectFailure(cause: Error): OutriggerError;
  /** The runtime's last byte came, or the exchange failed. */
  finished(startedAtMs: number): void;
}

export interface Settle {
  resolve(response: ProxyResponse): void;
  reject(failure: OutriggerError): void;
}

/** A way to carry the usual requests: undici's, or the plain lane's. */
export interface PooledWay<Connection extends PooledConnection> {
  open(events: ConnectionEvents<Connection>): Connection;
  carry(shared: ExchangeParts<Connection>): Handler;
}

/** One pool, its bookkeeping, and node:http beside it. */
export function openPooledUpstream<Connection extends PooledConnection>(
  parts: UpstreamParts,
  way: PooledWay<Connection>,
): Upstream {
  const { config, metrics, reachability, buffers } = parts;
  const pool = new ConnectionPool<Connection>({ config, metrics, reachability, open: (events) => way.open(events) });
  const seconds = metrics.upstreamSeconds('http1');
  const shared: ExchangeParts<Connection> & UnusualParts = {
    config,
    pool,
    buffers,
    requestTimeoutMs: config.requestTimeoutMs,
    countRetry: config.retryStaleConnection ? () => metrics.staleRetries.add() : null,
    finished: (startedAtMs: number) => seconds.observe((performance.now() - startedAtMs) / 1000),
    connected: () => {
      reachability.markReached();
      metrics.upstreamConnects('ok').add();
    },
    connectFailure: (cause: Error) => {
      metrics.upstreamConnects('failed').add();
      if (cause instanceof OutriggerError) return cause; // the timeout
      return reachability.connectFailure(hostAndPort(config.host, config.port), cause);
    },
  };

  const carry = way.carry(shared);
  const handle: Handler = (request) => (isUnusual(request) ? exchangeUnusual(request, shared) : carry(request));
  return { handle, [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() };
}

/** Of chunked bodies those with trailers, or still coming: undici writes no request trailers, no Expect and no asterisk-form (`OPTIONS *`). */
function isUnusual(request: ProxyRequest): boolean {
  return request.trailers !== null || request.expectContinue || request.path === '*';
}
