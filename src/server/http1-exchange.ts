// One HTTP/1.1 request and its answer at the client's end: from node:http's objects to the seam and back.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ListenerConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import { Cancellation } from '../http/cancellation.ts';
import { asOutriggerError, errorAnswer } from '../http/error-body.ts';
import type { Body, Handler, ProxyRequest, ProxyResponse } from '../http/exchange.ts';
import type { HeaderBlock } from '../http/header-block.ts';
import { pump } from '../http/pump.ts';
import { RequestBody } from '../http/request-body.ts';
import type { RequestHead } from '../http/request-head.ts';
import { emptyBody, maxSmallBodyBytes, readSmallBody } from '../http/small-body.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Drain, InFlight } from './drain.ts';
import { watchHalfClose } from './half-close.ts';
import { linger } from './linger.ts';

export interface Http1ExchangeParts {
  readonly config: ListenerConfig;
  readonly handler: Handler;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly drain: Drain;
}

export interface Http1Incoming {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly head: RequestHead;
  readonly path: string;
}

export class Http1ServerExchange implements InFlight {
  readonly #parts: Http1ExchangeParts;
  readonly #in: Http1Incoming;
  readonly #startedAtMs = performance.now();
  readonly #cancellation = new Cancellation();
  #status = 499; // until an answer begins
  #requestBody: RequestBody | null = null;
  #requestBytes = 0;
  #continued = false; // 100 was sent
  #responseBytes = 0;

  constructor(parts: Http1ExchangeParts, arrived: Http1Incoming) {
    this.#parts = parts;
    this.#in = arrived;
  }

  run(): void {
    const { incoming, head } = this.#in;
    this.#begin();
    const { contentLength, chunked, expectContinue } = head;
    const { maxBodyBytes } = this.#parts.config;
    if (maxBodyBytes !== null && contentLength !== null && contentLength > maxBodyBytes) {
      this.fail(new OutriggerError('REQUEST_BODY_TOO_LARGE', `the body exceeds ${maxBodyBytes} bytes`));
    } else if (!chunked && !contentLength) {
      incoming.resume(); // lets node see the end of the message
      this.#handle(emptyBody);
    } else if (contentLength !== null && contentLength <= maxSmallBodyBytes && !expectContinue) {
      this.#requestBytes = contentLength;
      readSmallBody(incoming, contentLength, (failure, body) => {
        if (failure === null) this.#handle(body);
        else this.fail(failure);
      });
    } else {
      const trailers = chunked ? { fields: null } : null;
      this.#requestBody = new RequestBody(incoming, { maxBodyBytes, trailers });
      this.#handle(this.#requestBody, trailers);
    }
  }

  describe(): string {
    return `${this.#in.incoming.method} ${this.#in.path.split('?', 1)[0]}`;
  }

  /** Answers a request that is not handled at all. */
  refuse(error: unknown): void {
    this.#begin();
    this.fail(error);
  }

  /** Answers with the error, or breaks the message when an answer began already. */
  fail(error: unknown): void {
    const failure = asOutriggerError(error);
    const { outgoing } = this.#in;
    if (this.#cancellation.cancelled && failure.code === 'CLIENT_GONE') return;
    this.#parts.metrics.errors(failure.code).add();
    if (failure.code === 'INTERNAL') this.#parts.log.error({ err: failure }, 'request failed inside the agent');
    else this.#parts.log.debug({ code: failure.code, path: this.#in.path }, failure.message);
    if (outgoing.headersSent) {
      // Without chunks a FIN may look like the end of the message (HTTP/1.0): a reset never does.
      if (this.#in.incoming.httpVersion === '1.1') outgoing.socket?.destroy();
      else outgoing.socket?.resetAndDestroy();
      return;
    }
    const answer = errorAnswer(failure);
    this.#status = answer.status;
    this.#responseBytes = answer.body.length;
    const headers = this.#mustClose(failure) ? [...answer.headers, 'Connection', 'close'] : [...answer.headers];
    outgoing.writeHead(answer.status, headers);
    outgoing.end(answer.body);
  }

  #begin(): void {
    const { incoming, outgoing } = this.#in;
    this.#parts.drain.exchangeBegan(this);
    this.#parts.metrics.inFlight.add(1);
    outgoing.sendDate = false; // the runtime's Date is the answer's date
    const stopWatching = watchHalfClose(incoming, outgoing);
    outgoing.once('close', () => {
      stopWatching();
      this.#close();
    });
    outgoing.on('error', () => this.#cancellation.cancel()); // written after the client left: 'close' follows
  }

  #handle(body: Body, trailers: ProxyRequest['trailers'] = null): void {
    const { incoming, head, path } = this.#in;
    const request: ProxyRequest = {
      protocol: 'http1',
      method: incoming.method as string,
      path,
      authority: head.authority,
      headers: head.headers,
      body,
      contentLength: head.contentLength,
      trailers,
      expectContinue: head.expectContinue && body !== emptyBody,
      cancellation: this.#cancellation,
      sendInformational: (status, headers) => this.#sendInformational(status, headers),
    };
    this.#parts.handler(request).then(this.#answer).catch(this.#failed);
  }

  readonly #failed = (error: unknown): void => this.fail(error);

  readonly #answer = (response: ProxyResponse): void => {
    const { outgoing } = this.#in;
    const { body } = response;
    this.#status = response.status;
    if (outgoing.destroyed) {
      if (!(body instanceof Uint8Array)) body.destroy();
      return;
    }
    const flat = response.headers.write([]);
    if (this.#mustClose(null)) flat.push('Connection', 'close');
    if (body instanceof Uint8Array && response.trailers?.fields == null) this.#answerBytes(response, flat, body);
    else this.#answerStream(response, flat);
  };

  #answerBytes(response: ProxyResponse, flat: string[], body: Uint8Array): void {
    const { outgoing } = this.#in;
    this.#responseBytes = body.length;
    if (this.#mayHaveBody(response.status) && response.headers.get('content-length') === undefined) {
      flat.push('Content-Length', String(body.length)); // it came chunked, and is complete
    }
    this.#writeHead(response, flat);
    outgoing.end(body);
  }

  #answerStream(response: ProxyResponse, flat: string[]): void {
    const { outgoing } = this.#in;
    this.#writeHead(response, flat);
    const end = (): void => {
      const fields = response.trailers?.fields;
      if (fields) outgoing.addTrailers([...fields] as [string, string][]);
      outgoing.end();
    };
    if (response.body instanceof Uint8Array) {
      this.#responseBytes = response.body.length;
      outgoing.write(response.body);
      end();
      return;
    }
    // The head leaves with the first chunk, or alone when that is not there yet: a stream may be silent for long.
    setImmediate(() => {
      if (this.#responseBytes === 0 && !outgoing.writableEnded) outgoing.flushHeaders();
    });
    const body = response.body;
    this.#cancellation.onCancel(() => body.destroy());
    pump(body, outgoing, {
      moved: (bytes) => {
        this.#responseBytes += bytes;
      },
      ended: end,
      broken: (error) => this.fail(error),
    });
  }

  #writeHead(response: ProxyResponse, flat: string[]): void {
    const { outgoing } = this.#in;
    try {
      if (response.reason === undefined) outgoing.writeHead(response.status, flat);
      else outgoing.writeHead(response.status, response.reason, flat);
    } catch (cause) {
      throw new OutriggerError('UPSTREAM_PROTOCOL_ERROR', "the runtime's head cannot be written", { cause });
    }
  }

  #sendInformational(status: number, headers: HeaderBlock): void {
    const { incoming, outgoing } = this.#in;
    const socket = outgoing.socket;
    // Null: an earlier pipelined answer is still being written. HTTP/1.0 knows no 1xx (RFC 9110 15.2).
    if (socket === null || outgoing.headersSent || incoming.httpVersion !== '1.1') return;
    if (status === 100) {
      this.#continued = true;
      outgoing.writeContinue();
      return;
    }
    const fields = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join('');
    socket.write(`HTTP/1.1 ${status} \r\n${fields}\r\n`, 'latin1');
  }

  #mayHaveBody(status: number): boolean {
    return this.#in.incoming.method !== 'HEAD' && status !== 204 && status !== 304;
  }

  #mustClose(failure: OutriggerError | null): boolean {
    // A client that was never told to continue may or may not send its body: nobody knows where its next request begins.
    const bodyUncertain = this.#in.head.expectContinue && !this.#continued && !this.#in.incoming.complete;
    return bodyUncertain || failure?.code === 'REQUEST_MALFORMED' || this.#parts.drain.lastAnswers;
  }

  #close(): void {
    const { incoming, outgoing, path } = this.#in;
    const { metrics } = this.#parts;
    if (!outgoing.writableFinished) {
      this.#status = 499;
      this.#cancellation.cancel();
    }
    if (this.#requestBody !== null) this.#requestBytes = this.#requestBody.receivedBytes;
    if (!incoming.complete && !incoming.destroyed) linger(incoming);
    metrics.inFlight.add(-1);
    metrics.recordExchange({
      protocol: 'http1',
      method: incoming.method as string,
      path,
      status: this.#status,
      totalMs: performance.now() - this.#startedAtMs,
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
    });
    this.#parts.drain.exchangeEnded(this);
  }
}
