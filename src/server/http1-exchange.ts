// One HTTP/1.1 request and its answer at the client's end: from node:http's objects to the seam and back.
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { Readable } from 'node:stream';
import type { OutriggerError } from '../errors.ts';
import { Cancellation } from '../http/cancellation.ts';
import { asOutriggerError, errorAnswer } from '../http/error-body.ts';
import type { Body, ProxyRequest, ProxyResponse } from '../http/exchange.ts';
import type { HeaderBlock } from '../http/header-block.ts';
import { bodyTooLarge, RequestBody } from '../http/request-body.ts';
import type { RequestHead } from '../http/request-head.ts';
import { emptyBody, maxSmallBodyBytes, readSmallBody, readSuddenBody } from '../http/small-body.ts';
import { readTrailers } from '../http/trailers.ts';
import type { ClientConnection, RequestReader } from './client-connection.ts';
import type { InFlight } from './drain.ts';
import { type AnswerWatcher, breakAnswer, writeAnswer, writeInformational } from './http1-answer.ts';
import type { ServerExchangeParts } from './protocol-server.ts';

export interface Http1Incoming {
  readonly connection: ClientConnection;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** Null when the request was refused before its head was read: its framing is not to be trusted. */
  readonly head: RequestHead | null;
  readonly path: string;
}

export class Http1ServerExchange implements AnswerWatcher, InFlight, RequestReader {
  readonly #parts: ServerExchangeParts;
  readonly #in: Http1Incoming;
  readonly #startedAtMs = performance.now();
  readonly #cancellation = new Cancellation();
  #status = 499; // until an answer begins
  #requestBody: RequestBody | null = null;
  #requestBytes = 0;
  #continued = false; // 100 was sent
  #failed = false;
  #responseBytes = 0;

  constructor(parts: ServerExchangeParts, arrived: Http1Incoming) {
    this.#parts = parts;
    this.#in = arrived;
  }

  run(head: RequestHead): void {
    const { incoming } = this.#in;
    this.#begin();
    const { contentLength, chunked, expectContinue } = head;
    const { maxBodyBytes } = this.#parts.config;
    if (maxBodyBytes !== null && contentLength !== null && contentLength > maxBodyBytes) {
      this.fail(bodyTooLarge(maxBodyBytes));
    } else if (!chunked && !contentLength) {
      incoming.resume(); // lets node see the end of the message
      this.#handle(head, emptyBody);
    } else if (contentLength !== null && contentLength <= maxSmallBodyBytes && !expectContinue) {
      this.#requestBytes = contentLength;
      readSmallBody(incoming, contentLength, (failure, body) => {
        if (failure === null) this.#handle(head, body);
        else this.fail(failure);
      });
    } else if (chunked && !expectContinue) {
      readSuddenBody(incoming, (body) => {
        if (this.#failed) return; // what followed in the same read was no valid chunk
        if (body === null) this.#stream(head);
        else this.#handleSudden(head, body);
      });
    } else this.#stream(head);
  }

  #stream(head: RequestHead): void {
    const trailers = head.chunked ? { fields: null } : null;
    const { maxBodyBytes } = this.#parts.config;
    this.#requestBody = new RequestBody(this.#in.incoming, { maxBodyBytes, trailers });
    this.#handle(head, this.#requestBody, trailers);
  }

  /** A chunked body that is complete goes on as any small one, unless trailers came with it. */
  #handleSudden(head: RequestHead, body: Uint8Array): void {
    const { maxBodyBytes } = this.#parts.config;
    this.#requestBytes = body.length;
    const trailers = readTrailers(this.#in.incoming.rawTrailers);
    if (maxBodyBytes !== null && body.length > maxBodyBytes) this.fail(bodyTooLarge(maxBodyBytes));
    else if (trailers === null) this.#handle(head, body);
    else this.#handle(head, Readable.from([body]), { fields: trailers });
  }

  /** Answers a request that is not handled at all. */
  refuse(error: unknown): void {
    this.#begin();
    this.fail(error);
  }

  get undecided(): boolean {
    return this.#in.head?.expectContinue === true && !this.#continued;
  }

  describe(): string {
    return `${this.#in.incoming.method} ${this.#in.path.split('?', 1)[0]}`;
  }

  sent(bytes: number): void {
    this.#responseBytes += bytes;
  }

  requestBroken(error: OutriggerError): void {
    this.fail(error);
    this.#requestBody?.destroy(error);
    this.#cancellation.cancel();
  }

  /** Answers with the error, or breaks the message when an answer began already. The first failure counts. */
  fail(error: unknown): void {
    const failure = asOutriggerError(error);
    const { incoming, outgoing } = this.#in;
    if (this.#failed || (this.#cancellation.cancelled && failure.code === 'CLIENT_GONE')) return;
    this.#failed = true;
    this.#parts.metrics.errors(failure.code).add();
    if (failure.code === 'INTERNAL') this.#parts.log.error({ err: failure }, 'request failed inside the agent');
    else this.#parts.log.debug({ code: failure.code, request: this.describe() }, failure.message);
    if (outgoing.headersSent) {
      breakAnswer(incoming);
      return;
    }
    const answer = errorAnswer(failure);
    this.#status = answer.status;
    this.#responseBytes = answer.body.length;
    const last = failure.code === 'REQUEST_MALFORMED' || this.#endsConnection();
    const headers = last ? [...answer.headers, 'Connection', 'close'] : [...answer.headers];
    outgoing.writeHead(answer.status, STATUS_CODES[answer.status], headers); // a phrase of the runtime may be left over
    if (last) this.#in.connection.endsWithThisAnswer();
    outgoing.end(answer.body);
  }

  #begin(): void {
    const { connection, outgoing } = this.#in;
    connection.reader = this;
    this.#parts.drain.exchangeBegan(this);
    this.#parts.metrics.inFlight.add(1);
    outgoing.sendDate = false; // the runtime's Date is the answer's date
    outgoing.once('close', () => this.#close());
    outgoing.on('error', () => this.#cancellation.cancel()); // written after the client left: 'close' follows
  }

  #handle(head: RequestHead, body: Body, trailers: ProxyRequest['trailers'] = null): void {
    const { connection, incoming, path } = this.#in;
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
      client: connection.client,
      sendInformational: (status, headers) => this.#sendInformational(status, headers),
    };
    this.#parts.handler(request).then(this.#answer).catch(this.#onFailure);
  }

  readonly #onFailure = (error: unknown): void => this.fail(error);

  readonly #answer = (response: ProxyResponse): void => {
    const { connection, outgoing } = this.#in;
    const { body } = response;
    if (!(body instanceof Uint8Array)) this.#cancellation.onCancel(() => body.destroy());
    if (outgoing.destroyed || this.#failed) {
      this.#cancellation.cancel();
      return;
    }
    this.#status = response.status;
    const last = this.#endsConnection();
    if (last) connection.endsWithThisAnswer();
    writeAnswer(outgoing, response, last, this);
  };

  #sendInformational(status: number, headers: HeaderBlock): void {
    const sent = writeInformational(this.#in.outgoing, status, headers);
    if (sent && status === 100) this.#continued = true;
  }

  /** Whether the connection ends with the answer that is written now. */
  #endsConnection(): boolean {
    const { connection, head, incoming, outgoing } = this.#in;
    if (head === null || connection.dropped) return true;
    // A client that was never told to continue may or may not send its body: nobody knows where its next request begins.
    if (this.undecided && !incoming.complete) return true;
    return this.#parts.drain.lastAnswers && connection.isLast(outgoing); // the agent is about to stop
  }

  #close(): void {
    const { connection, incoming, outgoing, path } = this.#in;
    const { metrics, drain } = this.#parts;
    if (!outgoing.writableFinished) {
      this.#status = 499;
      this.#cancellation.cancel();
    }
    if (this.#requestBody !== null) {
      this.#requestBytes = this.#requestBody.receivedBytes;
      this.#requestBody.destroy(); // the answer is complete: nobody reads the rest
    }
    if (!incoming.complete && !incoming.destroyed) connection.dropUpload(incoming);
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
    drain.exchangeEnded(this);
  }
}
