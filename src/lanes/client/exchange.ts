// One request and its answer at the client's end of the lane: from bytes to the seam and back.
import type { OutriggerError } from '../../errors.ts';
import { Cancellation } from '../../http/cancellation.ts';
import type { Client } from '../../http/client.ts';
import { asOutriggerError } from '../../http/error-body.ts';
import type { Body, ProxyRequest, ProxyResponse, Trailers } from '../../http/exchange.ts';
import { type HeaderBlock, noFields } from '../../http/header-block.ts';
import { readTrailers } from '../../http/trailers.ts';
import type { InFlight } from '../../server/drain.ts';
import type { ServerExchangeParts } from '../../server/protocol-server.ts';
import type { LaneTools } from '../lane-tools.ts';
import type { ClientSocket } from '../socket/lane-socket.ts';
import type { WireRequestHead } from '../wire/heads.ts';
import { type AnswerFacts, type Closing, checkFields, planHead } from './answer-head.ts';
import { AnswerWriter } from './answer-writer.ts';
import type { BodyTaker } from './begin-body.ts';
import { sendInformational } from './informational.ts';
import { errorResponse } from './refusals.ts';
import { type AnswerWatcher, StreamedAnswer } from './streamed-answer.ts';
import type { StreamUpload } from './upload.ts';

/** In metrics only: the client left before its answer was complete. */
const clientGone = 499;

export interface ClientExchangeParts extends ServerExchangeParts, LaneTools {
  /** As keepAliveFields() makes them. */
  readonly keepAlive: string;
}

/** What an exchange needs of its connection. */
export interface ExchangeHost {
  readonly parts: ClientExchangeParts;
  readonly socket: ClientSocket;
  readonly client: Client;
  /** No request is read behind this one, whatever comes. */
  readonly ending: boolean;
  /** No byte behind this request was read. */
  readonly isLast: boolean;
  /** The answer that is about to be written is the last one. */
  endsWithThisAnswer(): void;
  /** The answer has left, to its last byte. */
  exchangeOver(): void;
}

export class ClientExchange implements AnswerWatcher, BodyTaker, InFlight {
  readonly #host: ExchangeHost;
  readonly #head: WireRequestHead;
  readonly #startedAtMs = performance.now();
  readonly #cancellation = new Cancellation();
  /** Of a body that is no stream. */
  requestBytes = 0;
  #upload: StreamUpload | null = null;
  #status = clientGone; // until an answer begins
  #responseBytes = 0;
  #writer: AnswerWriter | null = null; // from the moment that an answer begins
  #stream: StreamedAnswer | null = null;
  #trailers: Trailers | null = null; // of the answer
  #answered = false; // the answer's last byte was written, and may not have left yet
  #failed = false;
  #over = false;

  constructor(host: ExchangeHost, head: WireRequestHead) {
    this.#host = host;
    this.#head = head;
    host.parts.drain.exchangeBegan(this, this.#startedAtMs);
    host.parts.metrics.inFlight.add(1);
  }

  /** The answer is complete, as far as the agent is concerned. */
  get answered(): boolean {
    return this.#answered;
  }

  handleStream(upload: StreamUpload, trailers: Trailers | null): void {
    this.#upload = upload;
    this.handle(upload.body, trailers);
  }

  handle(body: Body, trailers: Trailers | null = null): void {
    const host = this.#host;
    const head = this.#head;
    const request: ProxyRequest = {
      protocol: 'http1',
      method: head.method,
      path: head.path,
      authority: head.authority,
      headers: head.headers,
      body,
      contentLength: head.contentLength,
      trailers,
      expectContinue: false,
      cancellation: this.#cancellation,
      client: host.client,
      sendInformational: (status, headers) => this.#sendInformational(status, headers),
    };
    host.parts.handler(request).then(this.#takeAnswer, this.#onFailure);
  }

  describe(): string {
    return `${this.#head.method} ${this.#head.path.split('?', 1)[0]}`;
  }

  sent(bytes: number): void {
    this.#responseBytes += bytes;
  }

  bodyEnded(): void {
    const fields = this.#trailers?.fields;
    const kept = fields ? readTrailers(fields.write([])) : null;
    try {
      if (kept !== null) checkFields(kept);
    } catch (error) {
      this.fail(error);
      return;
    }
    this.#writer?.last(kept);
    this.#answered = true;
    if (!this.#host.socket.pending) this.#close();
  }

  /** Answers with the error, or breaks the message when an answer began already. The first failure counts. */
  fail(error: unknown): void {
    const { parts, socket } = this.#host;
    const failure = asOutriggerError(error);
    if (this.#over || this.#failed || (this.#cancellation.cancelled && failure.code === 'CLIENT_GONE')) return;
    this.#failed = true;
    parts.metrics.errors(failure.code).add();
    if (failure.code === 'INTERNAL') parts.log.error({ err: failure }, 'request failed inside the agent');
    else parts.log.debug({ code: failure.code, request: this.describe() }, failure.message);
    if (this.#writer !== null) socket.destroy();
    else this.#answerFailure(failure);
  }

  /** The rest of the request will never come: answers with the error, or breaks the answer that has begun. */
  requestBroken(error: OutriggerError): void {
    this.#host.endsWithThisAnswer();
    this.fail(error);
    this.#cancellation.cancel();
  }

  /** What was written has left. */
  drained(): void {
    if (this.#answered) this.#close();
    else this.#stream?.drained();
  }

  /** The client ended its side long ago, and is asked whether it is still there (half-close.ts). */
  askForLife(): void {
    this.#sendInformational(100, noFields);
  }

  /** The connection ended before the answer had left. */
  clientGone(): void {
    if (this.#over) return;
    this.#status = clientGone;
    this.#stream?.forget();
    this.#cancellation.cancel();
    this.#record();
  }

  readonly #onFailure = (error: unknown): void => this.fail(error);

  readonly #takeAnswer = (response: ProxyResponse): void => {
    const { body } = response;
    if (!(body instanceof Uint8Array)) this.#cancellation.onCancel(() => body.destroy());
    if (this.#over || this.#failed) {
      this.#cancellation.cancel();
      return;
    }
    try {
      this.#answer(response);
    } catch (error) {
      if (!(body instanceof Uint8Array)) body.destroy();
      this.fail(error);
    }
  };

  #answer(response: ProxyResponse): void {
    const { parts, socket } = this.#host;
    const { body } = response;
    const closing = this.#closing();
    const head = planHead(response, this.#facts(closing));
    if (closing !== null) this.#host.endsWithThisAnswer();
    this.#status = response.status;
    this.#writer = new AnswerWriter(socket, parts.scratch, head);
    this.#trailers = response.trailers;
    if (body instanceof Uint8Array) {
      this.sent(body.length);
      this.#writer.piece(body);
      this.bodyEnded();
    } else {
      this.#stream = new StreamedAnswer(body, this.#writer, this);
      this.#stream.start();
    }
  }

  #answerFailure(failure: OutriggerError): void {
    const { parts, socket } = this.#host;
    const answer = errorResponse(failure);
    this.#status = answer.status;
    this.#responseBytes = answer.body.length;
    const closing = failure.code === 'REQUEST_MALFORMED' ? 'agent' : this.#closing();
    if (closing !== null) this.#host.endsWithThisAnswer();
    this.#writer = new AnswerWriter(socket, parts.scratch, planHead(answer, this.#facts(closing)));
    this.#writer.piece(answer.body);
    this.bodyEnded();
  }

  #facts(closing: Closing): AnswerFacts {
    return { method: this.#head.method, closing, keepAlive: this.#host.parts.keepAlive };
  }

  /** Whether the connection ends with the answer that is written now, and by whose wish. */
  #closing(): Closing {
    const { parts, ending, isLast } = this.#host;
    if (ending || (parts.drain.lastAnswers && isLast)) return 'agent'; // or the agent is about to stop
    return this.#head.close ? 'client' : null;
  }

  #sendInformational(status: number, headers: HeaderBlock): void {
    const { parts, socket } = this.#host;
    if (this.#writer !== null || this.#over || socket.socket.destroyed) return; // RFC 9110 15.2: before the final answer
    sendInformational(socket, parts.scratch, { status, headers });
  }

  #close(): void {
    if (this.#over) return;
    this.#record();
    this.#host.exchangeOver();
  }

  #record(): void {
    this.#over = true;
    const nowMs = performance.now();
    const { metrics, drain } = this.#host.parts;
    metrics.inFlight.add(-1);
    metrics.recordExchange({
      protocol: 'http1',
      method: this.#head.method,
      path: this.#head.path,
      status: this.#status,
      totalMs: nowMs - this.#startedAtMs,
      requestBytes: this.#upload?.receivedBytes ?? this.requestBytes,
      responseBytes: this.#responseBytes,
    });
    drain.exchangeEnded(this, nowMs);
    this.#upload?.drop(); // the answer is complete: nobody reads the rest
  }
}
