// The few HTTP/1.1 requests that undici cannot write: chunked with trailers, Expect, OPTIONS *. One fresh connection each.
import { type ClientRequest, type IncomingMessage, type InformationEvent, request as sendRequest } from 'node:http';
import { Readable } from 'node:stream';
import type { UpstreamConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import type { ProxyRequest, ProxyResponse, Trailers } from '../http/exchange.ts';
import { noFields } from '../http/header-block.ts';
import { pump, tolerateUnread } from '../http/pump.ts';
import { maxResponseHeaderBytes, readResponseHead } from '../http/response-head.ts';
import { readTrailers } from '../http/trailers.ts';
import type { BufferCollector } from './buffer-collector.ts';
import { explainFailure } from './http1-failure.ts';

export interface UnusualParts {
  readonly config: UpstreamConfig;
  readonly buffers: BufferCollector;
  connected(): void;
  connectFailure(cause: Error): OutriggerError;
  /** The runtime's last byte came, or the exchange failed. */
  finished(startedAtMs: number): void;
}

/** A runtime that knows no Expect sends no 100: after so long the client is asked for its body all the same (as curl does). */
const expectWaitMs = 1000;

export function exchangeUnusual(request: ProxyRequest, parts: UnusualParts): Promise<ProxyResponse> {
  const startedAtMs = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = sendRequest(requestOptions(request, parts.config));
    outgoing.maxHeadersCount = 0; // node would drop the surplus silently; bytes are limited
    let failure: OutriggerError | null = null;
    let connected = false;
    const abort = (reason: OutriggerError): void => {
      failure ??= reason;
      outgoing.destroy(reason);
    };
    const stopClocks = startClocks(outgoing, parts, abort);
    request.cancellation.onCancel(() => abort(new OutriggerError('CLIENT_GONE', 'the client left')));

    outgoing.once('socket', (socket) => {
      socket.once('connect', () => {
        connected = true;
        parts.connected();
      });
    });
    outgoing.on('information', (info: InformationEvent) => {
      if (info.statusCode !== 100) {
        request.sendInformational(info.statusCode, readResponseHead(info.rawHeaders).headers);
      }
    });
    outgoing.once('response', (incoming) => {
      try {
        resolve(toResponse(incoming, { buffers: parts.buffers, abort }));
      } catch (error) {
        abort(error as OutriggerError);
      }
    });
    outgoing.on('error', (error) => {
      failure ??= connected || error instanceof OutriggerError ? explainFailure(error) : parts.connectFailure(error);
    });
    outgoing.once('close', () => {
      stopClocks();
      parts.finished(startedAtMs);
      if (!(request.body instanceof Uint8Array)) request.body.destroy(); // the rest of an upload nobody waits for
      reject(failure ?? explainFailure(new Error('no answer'))); // without effect once there was one
    });
    sendBody(outgoing, { request, buffers: parts.buffers });
  });
}

/** The two timeouts of an exchange; returns what stops them. */
function startClocks(
  outgoing: ClientRequest,
  parts: UnusualParts,
  abort: (reason: OutriggerError) => void,
): () => void {
  const { requestTimeoutMs, connectTimeoutMs } = parts.config;
  const timeout = (what: string) => new OutriggerError('UPSTREAM_TIMEOUT', what);
  const connecting = setTimeout(
    () => abort(parts.connectFailure(timeout(`no connection to the runtime within ${connectTimeoutMs} ms`))),
    connectTimeoutMs,
  );
  outgoing.once('socket', (socket) => socket.once('connect', () => clearTimeout(connecting)));
  const whole =
    requestTimeoutMs === null
      ? undefined
      : setTimeout(() => abort(timeout(`no complete answer within ${requestTimeoutMs} ms`)), requestTimeoutMs);
  return () => {
    clearTimeout(connecting);
    clearTimeout(whole);
  };
}

function requestOptions(request: ProxyRequest, config: UpstreamConfig) {
  const { body, contentLength } = request;
  const flat = request.headers.write(['Host', request.authority]);
  // A body without either would stand unframed behind the head of a method that seldom has one, as a request of its own.
  if (contentLength !== null) flat.push('Content-Length', String(contentLength));
  else if (!(body instanceof Uint8Array)) flat.push('Transfer-Encoding', 'chunked');
  else if (body.length > 0) flat.push('Content-Length', String(body.length));
  if (request.expectContinue) flat.push('Expect', '100-continue');
  return {
    host: config.host,
    port: config.port,
    method: request.method,
    path: request.path,
    headers: flat,
    setHost: false,
    agent: false, // a fresh connection: its body cannot be sent twice, so a stale one must not be met
    insecureHTTPParser: false,
    maxHeaderSize: maxResponseHeaderBytes,
  } as const;
}

function sendBody(
  outgoing: ClientRequest,
  { request, buffers }: { readonly request: ProxyRequest; readonly buffers: BufferCollector },
): void {
  const { body } = request;
  if (body instanceof Uint8Array) {
    outgoing.end(body);
    return;
  }
  let started = false;
  const start = (): void => {
    if (started) return;
    started = true;
    if (request.expectContinue) request.sendInformational(100, noFields);
    pump(body, outgoing, {
      moved: (bytes) => buffers.passed(bytes),
      ended: () => {
        const fields = request.trailers?.fields;
        if (fields) outgoing.addTrailers([...fields] as [string, string][]);
        outgoing.end();
      },
      broken: (error) => outgoing.destroy(error),
    });
  };
  // The runtime may answer, or refuse, before the first byte of the body. flushHeaders() would write the head as UTF-8.
  outgoing.write('', 'latin1');
  if (!request.expectContinue) {
    start();
    return;
  }
  const patience = setTimeout(start, expectWaitMs);
  outgoing.once('continue', start);
  outgoing.once('response', () => clearTimeout(patience));
  outgoing.once('close', () => clearTimeout(patience));
}

interface AnswerParts {
  readonly buffers: BufferCollector;
  abort(reason: OutriggerError): void;
}

function toResponse(incoming: IncomingMessage, { buffers, abort }: AnswerParts): ProxyResponse {
  const head = readResponseHead(incoming.rawHeaders);
  const trailers: Trailers = { fields: null };
  const body = tolerateUnread(
    new Readable({
      read: () => incoming.resume(),
      destroy: (error, callback) => {
        if (!incoming.complete) abort(new OutriggerError('CLIENT_GONE', 'nobody reads the answer any more'));
        callback(error);
      },
    }),
  );
  incoming.on('data', (chunk: Buffer) => {
    buffers.passed(chunk.length);
    if (!body.push(chunk)) incoming.pause();
  });
  body.pause(); // until its reader resumes it: a stage may listen without setting it in motion
  incoming.on('end', () => {
    const framed = head.chunked || head.contentLength !== null;
    if (!framed && incoming.socket.errored !== null) {
      body.destroy(explainFailure(incoming.socket.errored)); // reset: nobody knows whether that was all
      return;
    }
    if (incoming.rawTrailers.length > 0) trailers.fields = readTrailers(incoming.rawTrailers);
    body.push(null);
  });
  incoming.on('error', (cause) => body.destroy(explainFailure(cause)));
  return {
    status: incoming.statusCode as number,
    reason: incoming.statusMessage,
    headers: head.headers,
    body,
    trailers: head.chunked ? trailers : null,
  };
}
