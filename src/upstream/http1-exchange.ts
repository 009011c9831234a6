// One exchange with the runtime over undici: bytes when the answer is complete at once, a stream otherwise, one retry when stale.
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { OutriggerError } from '../errors.ts';
import type { ProxyRequest, ProxyResponse, Trailers } from '../http/exchange.ts';
import { FlatHeaderBlock } from '../http/header-block.ts';
import { tolerateUnread } from '../http/pump.ts';
import { type ResponseHead, readResponseHead } from '../http/response-head.ts';
import { emptyBody } from '../http/small-body.ts';
import { ConnectFailure, type Http1Connection } from './http1-connection.ts';
import type { Http1Pool } from './http1-pool.ts';

export interface ExchangeParts {
  readonly pool: Http1Pool;
  /** Null when models have side effects: --retry-stale-connection=false. */
  readonly countRetry: (() => void) | null;
  readonly requestTimeoutMs: number | null;
  connectFailure(cause: Error): OutriggerError;
  /** The runtime's last byte came, or the exchange failed. */
  finished(): void;
}

type Controller = Dispatcher.DispatchController;

export class Http1Exchange implements Dispatcher.DispatchHandler {
  readonly #request: ProxyRequest;
  readonly #parts: ExchangeParts;
  readonly #settle: (failure: Error | null, response: ProxyResponse | null) => void;
  #connection: Http1Connection | null = null;
  #controller: Controller | null = null;
  #reused = false;
  #retried = false;
  #answerBegan = false;
  #failure: OutriggerError | null = null; // why we gave up ourselves
  #deadline: NodeJS.Timeout | undefined;
  #head: (ResponseHead & { status: number; reason: string | undefined }) | null = null;
  #firstChunk: Buffer | null = null; // body bytes that came with the head
  #moreChunks: Buffer[] | null = null;
  #stream: Readable | null = null;
  readonly #trailers: Trailers = { fields: null };

  constructor(
    request: ProxyRequest,
    parts: ExchangeParts,
    settle: (failure: Error | null, response: ProxyResponse | null) => void,
  ) {
    this.#request = request;
    this.#parts = parts;
    this.#settle = settle;
  }

  start(): void {
    const { requestTimeoutMs } = this.#parts;
    if (requestTimeoutMs !== null) {
      this.#deadline = setTimeout(() => {
        this.#abort(new OutriggerError('UPSTREAM_TIMEOUT', `no complete answer within ${requestTimeoutMs} ms`));
      }, requestTimeoutMs);
    }
    this.#request.cancellation.onCancel(() => this.#abort(new OutriggerError('CLIENT_GONE', 'the client left')));
    this.#parts.pool.acquire((connection) => this.#send(connection));
  }

  #send(connection: Http1Connection): void {
    if (this.#failure !== null) {
      this.#parts.pool.release(connection); // the client left while it waited for a connection
      this.#fail(this.#failure);
      return;
    }
    const { method, path, headers, authority, body, contentLength } = this.#request;
    this.#connection = connection;
    const flat = headers.write(['host', authority]);
    if (contentLength !== null && contentLength > 0) flat.push('content-length', String(contentLength));
    const payload = body instanceof Uint8Array && body.length === 0 ? null : body;
    connection.dispatch({ method: method as Dispatcher.HttpMethod, path, headers: flat, body: payload }, this);
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    this.#reused = this.#connection?.markStarted() ?? false;
    if (this.#failure !== null) controller.abort(this.#failure);
  }

  onResponseStarted(): void {
    this.#answerBegan = true;
  }

  onResponseStart(controller: Controller, status: number, _headers: unknown, reason?: string): void {
    const raw = decodeFields(controller.rawHeaders as unknown as readonly Buffer[]);
    const head = readResponseHead(raw);
    if (status < 200) {
      this.#request.sendInformational(status, head.headers);
      return;
    }
    this.#head = { ...head, status, reason };
    // A small answer is complete when this turn of the parser ends; what is not is a stream from here on.
    queueMicrotask(this.#releaseHead);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#stream !== null) {
      if (!this.#stream.push(chunk)) controller.pause();
    } else if (this.#firstChunk === null) this.#firstChunk = chunk;
    else if (this.#moreChunks === null) this.#moreChunks = [chunk];
    else this.#moreChunks.push(chunk);
  }

  onResponseEnd(controller: Controller): void {
    const rawTrailers = controller.rawTrailers as unknown as readonly Buffer[] | null;
    if (rawTrailers !== null && rawTrailers.length > 0) {
      this.#trailers.fields = new FlatHeaderBlock(decodeFields(rawTrailers));
    }
    this.#finish();
    if (this.#connection !== null) this.#parts.pool.release(this.#connection);
    if (this.#stream !== null) this.#stream.push(null);
    else this.#answer(this.#collected());
  }

  onResponseError(_controller: Controller | undefined, error: Error): void {
    const connection = this.#connection;
    if (connection !== null) this.#parts.pool.discard(connection);
    if (this.#mayRetry(error)) {
      this.#retried = true;
      this.#parts.countRetry?.();
      this.#send(this.#parts.pool.open());
      return;
    }
    this.#fail(this.#failure ?? this.#explain(error));
  }

  /** RFC 9112 9.3.1, narrowed: a reused connection that ended before one byte of an answer, once, bytes only. */
  #mayRetry(error: Error): boolean {
    return (
      this.#parts.countRetry !== null &&
      this.#reused &&
      !this.#retried &&
      !this.#answerBegan &&
      this.#failure === null &&
      this.#request.body instanceof Uint8Array &&
      !(error instanceof ConnectFailure) &&
      !this.#request.cancellation.cancelled
    );
  }

  #explain(error: Error): OutriggerError {
    if (error instanceof OutriggerError) return error;
    if (error instanceof ConnectFailure) {
      return error.cause instanceof OutriggerError ? error.cause : this.#parts.connectFailure(error.cause);
    }
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW') {
      return new OutriggerError('UPSTREAM_PROTOCOL_ERROR', `the runtime's answer is no valid HTTP: ${error.message}`, {
        cause: error,
      });
    }
    return new OutriggerError('UPSTREAM_UNREACHABLE', `the runtime closed the connection: ${error.message}`, {
      cause: error,
    });
  }

  #fail(failure: OutriggerError): void {
    this.#finish();
    if (this.#stream !== null) this.#stream.destroy(failure);
    else this.#settle(failure, null);
  }

  #abort(reason: OutriggerError): void {
    if (this.#failure !== null) return;
    this.#failure = reason;
    this.#controller?.abort(reason);
  }

  #finish(): void {
    clearTimeout(this.#deadline);
    this.#parts.finished();
  }

  readonly #releaseHead = (): void => {
    if (this.#head === null) return; // answered already, with bytes
    const stream = tolerateUnread(
      new Readable({
        read: () => this.#controller?.resume(),
        destroy: (error, callback) => {
          this.#abort(new OutriggerError('CLIENT_GONE', 'nobody reads the answer any more'));
          callback(error);
        },
      }),
    );
    this.#stream = stream;
    if (this.#firstChunk !== null && !stream.push(this.#collected())) this.#controller?.pause();
    this.#answer(stream);
  };

  #collected(): Uint8Array {
    const first = this.#firstChunk;
    if (first === null) return emptyBody;
    return this.#moreChunks === null ? first : Buffer.concat([first, ...this.#moreChunks]);
  }

  #answer(body: Uint8Array | Readable): void {
    const head = this.#head;
    if (head === null) return;
    this.#head = null;
    const trailers = head.chunked ? this.#trailers : null;
    this.#settle(null, { status: head.status, reason: head.reason, headers: head.headers, body, trailers });
  }
}

function decodeFields(raw: readonly Buffer[]): string[] {
  return raw.map((part) => part.toString('latin1'));
}
