// HTTP/2 to the runtime: REST and gRPC streams, both directions as they come, trailers, resets and 1xx included.
import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import type { UpstreamConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import type { ProxyRequest, ProxyResponse, Trailers } from '../http/exchange.ts';
import { FlatHeaderBlock } from '../http/header-block.ts';
import { endsStream, fromHttp2Trailers, isGrpc, toHttp2Fields, withoutPseudoFields } from '../http/http2-fields.ts';
import { pump, tolerateUnread } from '../http/pump.ts';
import { emptyBody } from '../http/small-body.ts';
import { StreamReset } from '../http/stream-reset.ts';
import type { Upstream, UpstreamParts } from './http1.ts';
import { Http2Sessions, type Lease } from './http2-sessions.ts';

export function openHttp2Upstream(parts: UpstreamParts): Upstream {
  const { config, metrics } = parts;
  const { connectTimeoutMs } = config;
  const rest = new Http2Sessions({ ...parts, target: { host: config.host, port: config.port, connectTimeoutMs } });
  const sameTarget = config.grpcHost === config.host && config.grpcPort === config.port;
  const grpc = sameTarget
    ? rest
    : new Http2Sessions({ ...parts, target: { host: config.grpcHost, port: config.grpcPort, connectTimeoutMs } });

  const handle = async (request: ProxyRequest): Promise<ProxyResponse> => {
    const calledByGrpc = isGrpc(request.headers.get('content-type'));
    const seconds = metrics.upstreamSeconds(calledByGrpc ? 'grpc' : 'http2');
    const startedAtMs = performance.now();
    const leased = (calledByGrpc ? grpc : rest).acquire();
    const lease = leased instanceof Promise ? await leased : leased;
    return exchange(request, lease, config, () => seconds.observe((performance.now() - startedAtMs) / 1000));
  };
  return {
    handle,
    async [Symbol.asyncDispose]() {
      await rest[Symbol.asyncDispose]();
      await grpc[Symbol.asyncDispose]();
    },
  };
}

function exchange(
  request: ProxyRequest,
  lease: Lease,
  config: UpstreamConfig,
  finished: () => void,
): Promise<ProxyResponse> {
  return new Promise((resolve, reject) => {
    const stream = openStream(request, lease);
    let failure: Error | null = null;
    const abort = (reason: OutriggerError): void => {
      failure ??= reason;
      stream.close(constants.NGHTTP2_CANCEL);
    };
    const { requestTimeoutMs } = config;
    const deadline =
      requestTimeoutMs === null
        ? undefined
        : setTimeout(() => {
            abort(new OutriggerError('UPSTREAM_TIMEOUT', `no complete answer within ${requestTimeoutMs} ms`));
          }, requestTimeoutMs);
    request.cancellation.onCancel(() => abort(new OutriggerError('CLIENT_GONE', 'the client left')));
    stream.on('headers', (headers: Informational) => {
      request.sendInformational(headers[':status'] as number, fromHttp2Trailers(withoutStatus(headers)));
    });
    const trailers: Trailers = { fields: null };
    stream.once('trailers', (fields: IncomingHttpHeaders) => {
      trailers.fields = fromHttp2Trailers(fields);
    });
    stream.once('response', (headers, flags, raw?: readonly string[]) => {
      const ended = endsStream(flags);
      if (ended) stream.resume();
      resolve({
        status: headers[':status'] as number,
        headers:
          raw === undefined ? fromHttp2Trailers(withoutStatus(headers)) : new FlatHeaderBlock(withoutPseudoFields(raw)),
        body: ended ? emptyBody : tolerateUnread(stream),
        trailers,
      });
    });
    stream.on('error', (error) => {
      failure ??= error;
    });
    stream.once('close', () => {
      clearTimeout(deadline);
      lease.release();
      finished();
      reject(failure instanceof OutriggerError ? failure : explain(stream, failure)); // no effect once resolved
    });
    send(request, stream);
  });
}

function openStream(request: ProxyRequest, { session, release }: Lease): ClientHttp2Stream {
  const { method, path, authority, headers, body, contentLength } = request;
  const fields = toHttp2Fields(headers, {
    ':method': method,
    ':scheme': 'http',
    ':authority': authority,
    ':path': path,
  });
  if (contentLength !== null) fields['content-length'] = String(contentLength);
  try {
    return session.request(fields, { endStream: body instanceof Uint8Array && body.length === 0 });
  } catch (cause) {
    release();
    throw new OutriggerError('UPSTREAM_UNREACHABLE', 'the HTTP/2 session to the runtime cannot carry the request', {
      cause,
    });
  }
}

function send(request: ProxyRequest, stream: ClientHttp2Stream): void {
  const { body } = request;
  if (body instanceof Uint8Array) {
    if (body.length > 0) stream.end(body);
    return;
  }
  pump(body, stream, {
    ended: () => stream.end(), // request trailers do not exist in gRPC, and node:http2 clients cannot send them late
    broken: () => stream.close(constants.NGHTTP2_CANCEL),
  });
}

function explain(stream: ClientHttp2Stream, failure: Error | null): Error {
  const code = stream.rstCode ?? constants.NGHTTP2_INTERNAL_ERROR;
  const { code: name } = (failure ?? {}) as NodeJS.ErrnoException;
  // The runtime reset this one stream: its own word, passed on as it is. Everything else is the connection's fault.
  if (failure === null || name === 'ERR_HTTP2_STREAM_ERROR') return new StreamReset(code);
  return new OutriggerError('UPSTREAM_UNREACHABLE', `the runtime's HTTP/2 connection broke: ${failure.message}`, {
    cause: failure,
  });
}

type Informational = IncomingHttpHeaders & { ':status'?: number | undefined };

function withoutStatus(headers: Informational): IncomingHttpHeaders {
  const { ':status': _status, ...rest } = headers;
  return rest;
}
