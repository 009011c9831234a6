// The few HTTP/1.1 requests that undici cannot write: chunked with trailers, Expect, OPTIONS *. One fresh connection each.
import { type ClientRequest, type IncomingMessage, type InformationEvent, request as sendRequest } from 'node:http';
import { Readable } from 'node:stream';
import type { UpstreamConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import type { ProxyRequest, ProxyResponse, Trailers } from '../http/exchange.ts';
import { FlatHeaderBlock, noFields } from '../http/header-block.ts';
import { pump, tolerateUnread } from '../http/pump.ts';
import { readResponseHead } from '../http/response-head.ts';

export interface UnusualParts {
  readonly config: UpstreamConfig;
  connectFailure(cause: Error): OutriggerError;
  /** The runtime's last byte came, or the exchange failed. */
  finished(): void;
}

/** A runtime that knows no Expect sends no 100: after so long the client is asked for its body all the same (as curl does). */
const expectWaitMs = 1000;

export function exchangeUnusual(request: ProxyRequest, parts: UnusualParts): Promise<ProxyResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = sendRequest(requestOptions(request, parts.config));
    let failure: OutriggerError | null = null;
    let connected = false;
    let answered = false;
    const abort = (reason: OutriggerError): void => {
      failure ??= reason;
      outgoing.destroy(reason);
    };
    const { requestTimeoutMs, connectTimeoutMs } = parts.config;
    const deadline =
      requestTimeoutMs === null
        ? undefined
        : setTimeout(() => abort(timeout(`no complete answer within ${requestTimeoutMs} ms`)), requestTimeoutMs);
    const connectDeadline = setTimeout(
      () => abort(timeout(`no connection to the runtime within ${connectTimeoutMs} ms`)),
      connectTimeoutMs,
    );
    request.cancellation.onCancel(() => abort(new OutriggerError('CLIENT_GONE', 'the client left')));

    outgoing.once('socket', (socket) => {
      socket.once('connect', () => {
        connected = true;
        clearTimeout(connectDeadline);
      });
    });
    outgoing.on('information', (info: InformationEvent) => {
      if (info.statusCode !== 100) {
        request.sendInformational(info.statusCode, readResponseHead(info.rawHeaders).headers);
      }
    });
    outgoing.once('response', (incoming) => {
      answered = true;
      clearTimeout(connectDeadline);
      try {
        resolve(toResponse(incoming, abort));
      } catch (error) {
        abort(error as OutriggerError);
        reject(error);
      }
    });
    outgoing.once('close', () => {
      clearTimeout(deadline);
      clearTimeout(connectDeadline);
      parts.finished();
      if (!answered) reject(failure ?? unreachable(new Error('connection closed')));
    });
    outgoing.on('error', (error) => {
      if (answered) return; // the answer's own stream breaks too
      failure ??= connected ? unreachable(error) : parts.connectFailure(error);
    });
    sendBody(outgoing, request);
  });
}

function requestOptions(request: ProxyRequest, config: UpstreamConfig) {
  const flat = request.headers.write(['Host', request.authority]);
  if (request.contentLength !== null) flat.push('Content-Length', String(request.contentLength));
  else if (!(request.body instanceof Uint8Array)) flat.push('Transfer-Encoding', 'chunked');
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
  } as const;
}

function sendBody(outgoing: ClientRequest, request: ProxyRequest): void {
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
      ended: () => {
        const fields = request.trailers?.fields;
        if (fields) outgoing.addTrailers([...fields] as [string, string][]);
        outgoing.end();
      },
      broken: (error) => outgoing.destroy(error),
    });
  };
  if (!request.expectContinue) {
    start();
    return;
  }
  outgoing.flushHeaders();
  const patience = setTimeout(start, expectWaitMs);
  outgoing.once('continue', start);
  outgoing.once('response', () => clearTimeout(patience));
  outgoing.once('close', () => clearTimeout(patience));
}

function toResponse(incoming: IncomingMessage, abort: (reason: OutriggerError) => void): ProxyResponse {
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
    if (!body.push(chunk)) incoming.pause();
  });
  incoming.on('end', () => {
    if (incoming.rawTrailers.length > 0) trailers.fields = new FlatHeaderBlock(incoming.rawTrailers);
    body.push(null);
  });
  incoming.on('error', (cause) => body.destroy(unreachable(cause)));
  return {
    status: incoming.statusCode as number,
    reason: incoming.statusMessage,
    headers: head.headers,
    body,
    trailers: head.chunked ? trailers : null,
  };
}

function unreachable(cause: Error): OutriggerError {
  if (cause instanceof OutriggerError) return cause;
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  return code.startsWith('HPE_')
    ? new OutriggerError('UPSTREAM_PROTOCOL_ERROR', `the runtime's answer is no valid HTTP: ${cause.message}`, {
        cause,
      })
    : new OutriggerError('UPSTREAM_UNREACHABLE', `the runtime closed the connection: ${cause.message}`, { cause });
}

function timeout(message: string): OutriggerError {
  return new OutriggerError('UPSTREAM_TIMEOUT', message);
}
