// HTTP/2 to the runtime: gRPC to its gRPC port, everything else to its REST port, each request on a session with room.
import { constants } from 'node:http2';
import type { ProxyRequest, ProxyResponse } from '../http/exchange.ts';
import { isGrpc } from '../http/grpc-content.ts';
import { StreamReset } from '../http/stream-reset.ts';
import { Http2Exchange } from './http2-exchange.ts';
import type { UpstreamSession } from './http2-session.ts';
import { Http2Sessions } from './http2-sessions.ts';
import type { Upstream, UpstreamParts } from './upstream.ts';

export function openHttp2Upstream({ config, metrics, reachability, buffers }: UpstreamParts): Upstream {
  const { connectTimeoutMs, requestTimeoutMs, retryStaleConnection } = config;
  const openSessions = (host: string, port: number): Http2Sessions =>
    new Http2Sessions({
      target: { host, port, connectTimeoutMs },
      maxSessions: config.maxConnections,
      metrics,
      reachability,
    });
  const rest = openSessions(config.host, config.port);
  const sameTarget = config.grpcHost === config.host && config.grpcPort === config.port;
  const grpc = sameTarget ? rest : openSessions(config.grpcHost, config.grpcPort);

  const run = (request: ProxyRequest, sessions: Http2Sessions, isRetry = false): Promise<ProxyResponse> => {
    const seconds = metrics.upstreamSeconds(sessions === grpc && isGrpc(contentType(request)) ? 'grpc' : 'http2');
    const startedAtMs = performance.now();
    const start = (session: UpstreamSession): Promise<ProxyResponse> =>
      new Promise((resolve, reject) => {
        const retries = !isRetry && retryStaleConnection && session.proven && request.body instanceof Uint8Array;
        new Http2Exchange(request, session, {
          buffers,
          resolve,
          reject(error) {
            if (retries && (session.broken || isRefused(error))) {
              metrics.staleRetries.add();
              run(request, sessions, true).then(resolve, reject);
            } else reject(error);
          },
          closed() {
            sessions.release(session);
            seconds.observe((performance.now() - startedAtMs) / 1000);
          },
        }).start(requestTimeoutMs);
      });
    try {
      const session = sessions.acquire(request.cancellation);
      return session instanceof Promise ? session.then(start) : start(session);
    } catch (error) {
      return Promise.reject(error);
    }
  };
  return {
    handle: (request) => run(request, isGrpc(contentType(request)) ? grpc : rest),
    async [Symbol.asyncDispose]() {
      await rest[Symbol.asyncDispose]();
      await grpc[Symbol.asyncDispose]();
    },
  };
}

function contentType({ headers }: ProxyRequest): string | undefined {
  return headers.get('content-type');
}

/** The runtime says that it did not begin (RFC 9113 8.7). */
function isRefused(error: Error): boolean {
  return error instanceof StreamReset && error.http2Code === constants.NGHTTP2_REFUSED_STREAM;
}
