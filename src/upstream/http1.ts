// HTTP/1.1 to the runtime: pooled undici connections for nearly everything, node:http for what undici cannot send.
import { OutriggerError } from '../errors.ts';
import { hostAndPort } from '../http/authority.ts';
import type { ProxyRequest, ProxyResponse } from '../http/exchange.ts';
import { Http1Exchange } from './http1-exchange.ts';
import { Http1Pool } from './http1-pool.ts';
import { exchangeUnusual } from './http1-unusual.ts';
import type { Upstream, UpstreamParts } from './upstream.ts';

export function openHttp1Upstream(parts: UpstreamParts): Upstream {
  const { config, metrics, reachability, buffers } = parts;
  const pool = new Http1Pool(parts);
  const seconds = metrics.upstreamSeconds('http1');
  const shared = {
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

  const handle = (request: ProxyRequest): Promise<ProxyResponse> => {
    if (isUnusual(request)) return exchangeUnusual(request, shared);
    return new Promise((resolve, reject) => {
      new Http1Exchange(request, shared, { resolve, reject }).start();
    });
  };
  return { handle, [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() };
}

/** Of chunked bodies those with trailers, or still coming: undici writes no request trailers, no Expect and no asterisk-form (`OPTIONS *`). */
function isUnusual(request: ProxyRequest): boolean {
  return request.trailers !== null || request.expectContinue || request.path === '*';
}
