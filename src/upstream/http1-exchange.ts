// One exchange with the runtime over undici: bytes when the answer is complete at once, a stream otherwise, one retry when stale.
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { OutriggerError } from '../errors.ts';
import type { ProxyRequest, Trailers } from '../http/exchange.ts';
import { tolerateUnread } from '../http/pump.ts';
import { type ResponseHead, readReason, readResponseHead } from '../http/response-head.ts';
import { emptyBody } from '../http/small-body.ts';
import { readTrailers } from '../http/trailers.ts';
import type { Http1Connection } from './http1-connection.ts';
import { ConnectFailure, explainFailure } from './http1-failure.ts';
import type { ConnectionUser } from './http1-pool.ts';
import type { ExchangeParts, Settle } from './pooled-upstream.ts';
import { mayResend } from './resend.ts';

type Controller = Dispatcher.DispatchController;

export class Http1Exchange implements Dispatcher.DispatchHandler, ConnectionUser<Http1Connection> {
  readonly #request: ProxyRequest;
  readonly #parts: ExchangeParts<Http1Connection>;
  readonly #settle: Settle;
  readonly #startedAtMs = performance.now();
  #connection: Http1Connection | null = null;
  #controller: Controller | null = null; // set from the moment that bytes are written
  #reused = false;
  #resent = false;
  #failure: OutriggerError | null = null; // why we gave up ourselves
  #deadline: NodeJS.Timeout | undefined;
  #status = 0; // 0: no head yet
  #reason: string | undefined;
  #head: ResponseHead | null = null;
  #answered = false; // the head was handed on, or the failure
  #over = false; // the runtime's last byte came, or the exchange failed
  #firstChunk: Buffer | null = null; // body bytes that came with the head
  #moreChunks: Buffer[] | null = null;
  #stream: Readable | null = null;
  #trailers: Trailers | null = null; // null: none can follow

  constructor(request: ProxyRequest, parts: ExchangeParts<Http1Connection>, settle: Settle) {
    this.#request = request;
    this.#parts = parts;
    this.#settle = settle;
  }

  start(): void {
    const { requestTimeoutMs, pool } = this.#parts;
    if (requestTimeoutMs !== null) {
      this.#deadline = setTimeout(() => {
        this.#abort(new OutriggerError('UPSTREAM_TIMEOUT', `no complete answer within ${requestTimeoutMs} ms`));
      }, requestTimeoutMs);
    }
    try {
      pool.acquire(this);
    } catch (error) {
      this.#fail(error as OutriggerError);
      return;
    }
    this.#request.cancellation.onCancel(() => this.#abort(new OutriggerError('CLIENT_GONE', 'the client left')));
  }

  use(connection: Http1Connection): void {
    const { method, path, headers, authority, body, contentLength } = this.#request;
    this.#connection = connection;
    this.#controller = null;
    const flat = headers.write(['host', authority]);
    let payload: Uint8Array | Readable | null = body;
    if (!(body instanceof Uint8Array)) flat.push('content-length', String(contentLength));
    else if (body.length === 0) payload = null;
    connection.dispatch({ method: method as Dispatcher.HttpMethod, path, headers: flat, body: payload }, this);
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    this.#reused = this.#connection?.markStarted() ?? false;
  }

  onBodySent(chunk: Buffer): void {
    this.#parts.buffers.passed(chunk.length);
  }

  onResponseStart(controller: Controller, status: number, _headers: unknown, reason?: string): void {
    const head = readResponseHead(decodeFields(controller.rawHeaders as unknown as readonly Buffer[]));
    if (status < 200) {
      this.#request.sendInformational(status, head.headers);
      return;
    }
    this.#status = status;
    this.#reason = readReason(reason);
    this.#head = head;
    if (head.chunked) this.#trailers = { fields: null };
    // A small answer is complete when this turn of the parser ends; what is not is a stream from here on.
    queueMicrotask(this.#releaseHead);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#stream !== null) {
      this.#parts.buffers.passed(chunk.length);
      if (!this.#stream.push(chunk)) controller.pause();
    } else if (this.#firstChunk === null) this.#firstChunk = chunk;
    else if (this.#moreChunks === null) this.#moreChunks = [chunk];
    else this.#moreChunks.push(chunk);
  }

  onResponseEnd(controller: Controller): void {
    const connection = this.#connection as Http1Connection;
    if (connection.broken && !this.#isFramed()) {
      this.onResponseError(controller, new Error('reset'));
      return;
    }
    const rawTrailers = controller.rawTrailers as unknown as readonly Buffer[] | null;
    if (this.#trailers !== null && rawTrailers !== null && rawTrailers.length > 0) {
      this.#trailers.fields = readTrailers(decodeFields(rawTrailers));
    }
    this.#finish();
    this.#parts.pool.release(connection);
    if (this.#stream !== null) this.#stream.push(null);
    else this.#answer(this.#collected());
  }

  onResponseError(_controller: Controller | undefined, error: Error): void {
    const connection = this.#connection as Http1Connection;
    const again = this.#mayResend(error) ? this.#parts.pool.replace(connection) : null;
    if (again !== null) {
      this.#resent = true;
      if (this.#controller !== null) this.#parts.countRetry?.();
      this.use(again);
      return;
    }
    this.#parts.pool.discard(connection);
    this.#fail(this.#failure ?? this.#explain(error));
  }

  /** The end of the answer is known without the end of the connection. */
  #isFramed(): boolean {
    return this.#head?.chunked === true || this.#head?.contentLength != null;
  }

  #mayResend(error: Error): boolean {
    const { body, cancellation } = this.#request;
    return mayResend({
      error,
      givenUp: this.#resent || this.#failure !== null || cancellation.cancelled,
      sent: this.#controller !== null,
      reused: this.#reused,
      silent: (this.#connection as Http1Connection).silent,
      repeatable: this.#parts.countRetry !== null && body instanceof Uint8Array,
    });
  }

  #explain(error: Error): OutriggerError {
    return error instanceof ConnectFailure ? this.#parts.connectFailure(error.cause) : explainFailure(error);
  }

  #fail(failure: OutriggerError): void {
    this.#finish();
    if (this.#stream !== null) this.#stream.destroy(failure);
    else {
      this.#answered = true;
      this.#settle.reject(failure);
    }
  }

  #abort(reason: OutriggerError): void {
    if (this.#over || this.#failure !== null) return;
    this.#failure = reason;
    if (this.#controller !== null) this.#controller.abort(reason);
    else if (this.#connection !== null)
      this.#parts.pool.discard(this.#connection); // still connecting
    else if (this.#parts.pool.abandon(this)) this.#fail(reason);
  }

  #finish(): void {
    this.#over = true;
    clearTimeout(this.#deadline);
    this.#parts.finished(this.#startedAtMs);
  }

  readonly #releaseHead = (): void => {
    if (this.#answered) return; // with bytes, or it failed at once
    const stream = tolerateUnread(
      new Readable({
        read: () => this.#controller?.resume(),
        destroy: (error, callback) => {
          if (!this.#over) this.#abort(new OutriggerError('CLIENT_GONE', 'nobody reads the answer any more'));
          callback(error);
        },
      }),
    );
    stream.pause(); // until its reader resumes it: a stage may listen without setting it in motion
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
    this.#answered = true;
    this.#settle.resolve({
      status: this.#status,
      reason: this.#reason,
      headers: (this.#head as ResponseHead).headers,
      body,
      trailers: this.#trailers,
    });
  }
}

function decodeFields(raw: readonly Buffer[]): string[] {
  return raw.map((part) => part.toString('latin1'));
}
