// One exchange that is logged: what is copied of it, and when its events are made.
//
// The request's event is owed once the first byte of the answer left, the answer's once its last byte left. With a spool those two
// bytes wait for the disk, so the events are made as early as they can be. Without one nothing waits, and nothing is in the way:
// they are made when what is done for clients in that turn is done.
import type { Readable } from 'node:stream';
import { asOutriggerError, errorAnswer } from '../http/error-body.ts';
import type { Handler, ProxyRequest, ProxyResponse } from '../http/exchange.ts';
import { FlatHeaderBlock, type HeaderBlock } from '../http/header-block.ts';
import { tapBody } from '../http/tap.ts';
import { BodyCapture, capturedBytes } from './capture/body-capture.ts';
import type { ByteBudget } from './capture/byte-budget.ts';
import { holdLastByte } from './capture/held-body.ts';
import type { CapturedBody } from './event/captured-body.ts';
import type { ExchangeEvents } from './event/event-writer.ts';
import { statusOfGrpc } from './event/grpc-message.ts';
import type { EventKind, LogEvent } from './event/log-event.ts';
import type { LoggedAnswer } from './event/message-notes.ts';
import { type Captured, type Message, type OfferParts, offerEvent } from './offer-event.ts';
import { both, type Owed } from './owed.ts';
import type { Patience } from './patience.ts';
import type { Selection } from './selection.ts';

export interface ExchangeLogParts extends OfferParts {
  readonly spooled: boolean;
  readonly selection: Selection;
  readonly budget: ByteBudget;
  /** A request whose answer comes soon is logged behind it, out of its way; any other is logged before. */
  readonly patience: Patience;
  /** The rest of the request path. */
  readonly next: Handler;
  /** Calls back when what is being done for clients in this turn of the event loop is done. */
  afterTurn(work: () => void): void;
}

export class ExchangeLog {
  readonly #parts: ExchangeLogParts;
  readonly #events: ExchangeEvents;
  readonly #request: ProxyRequest;
  #asked: Captured | undefined; // undefined: it is still coming
  #uploaded: (() => Captured) | null = null; // it is over, and nothing was answered yet
  #begun = false; // its answer, or it failed
  #answered: { readonly answer: LoggedAnswer | null; readonly body: Captured } | undefined;
  #owed: Owed = null;

  constructor(parts: ExchangeLogParts, events: ExchangeEvents, request: ProxyRequest) {
    this.#parts = parts;
    this.#events = events;
    this.#request = request;
  }

  get eventId(): string {
    return this.#events.id;
  }

  run(): Promise<ProxyResponse> {
    const { body } = this.#request;
    if (!(body instanceof Uint8Array)) this.#follow(body, (finish) => this.#uploadOver(finish));
    const answer = this.#parts.next(this.#request);
    if (body instanceof Uint8Array) this.#uploaded = () => capturedBytes(body);
    if (this.#parts.spooled) {
      if (this.#uploaded !== null) this.#begin(); // the disk and the runtime work at the same time
      return answer.then(this.#onOwedAnswer, this.#onOwedFailure);
    }
    if (this.#uploaded !== null) this.#parts.patience.add(() => this.#begin());
    return answer.then(this.#onAnswer, this.#onFailure);
  }

  readonly #onAnswer = (response: ProxyResponse): ProxyResponse => {
    const answer: LoggedAnswer = { ...response, answeredMs: Date.now() };
    const { body } = response;
    if (body instanceof Uint8Array) {
      this.#parts.afterTurn(() => {
        this.#begin();
        this.#answerOver(answer, capturedBytes(body));
      });
      return response;
    }
    this.#parts.afterTurn(() => this.#begin());
    const over = (finish: () => Captured) => this.#parts.afterTurn(() => this.#answerOver(answer, finish()));
    if (this.#parts.selection.wantsResponse(response.status, null)) this.#follow(body, over);
    else this.#parts.afterTurn(() => this.#answerOver(null, null));
    return response;
  };

  readonly #onFailure = (error: unknown): never => {
    this.#parts.afterTurn(() => this.#failed(error));
    throw error;
  };

  readonly #onOwedAnswer = (response: ProxyResponse): ProxyResponse | Promise<ProxyResponse> => {
    const answer: LoggedAnswer = { ...response, answeredMs: Date.now() };
    const { body } = response;
    this.#begin();
    if (body instanceof Uint8Array) this.#answerOver(answer, capturedBytes(body));
    else if (!this.#parts.selection.wantsResponse(response.status, null)) this.#answerOver(null, null);
    else return this.#afterOwed({ ...response, body: this.#hold(answer, body) });
    return this.#afterOwed(response);
  };

  readonly #onOwedFailure = (error: unknown): Promise<never> => {
    this.#failed(error);
    return (this.#owed ?? Promise.resolve()).then(() => Promise.reject(error));
  };

  /** The agent's own error is an answer, too; but a client that is gone was told nothing. */
  #failed(error: unknown): void {
    const failure = asOutriggerError(error);
    this.#begin();
    if (failure.code === 'CLIENT_GONE') this.#answerOver(null, null);
    else {
      const { status, headers, body } = errorAnswer(failure);
      const answer = { status, headers: new FlatHeaderBlock(headers), trailers: null, answeredMs: Date.now() };
      this.#answerOver(answer, capturedBytes(body));
    }
  }

  #afterOwed(response: ProxyResponse): ProxyResponse | Promise<ProxyResponse> {
    const owed = this.#owed;
    this.#owed = null; // a request that ends later is owed with the answer's last byte
    return owed === null ? response : owed.then(() => response);
  }

  #openCapture(): BodyCapture {
    const { budget, redactor, settings } = this.#parts;
    // What is redacted must be read whole first; it is cut off afterwards.
    return new BodyCapture({ budget, maxBytes: redactor?.maxBodyBytes ?? settings.maxBytes });
  }

  /** What was copied counts as being copied until somebody finishes it. */
  #follow(body: Readable, done: (finish: () => Captured) => void): void {
    const capture = this.#openCapture();
    tapBody(body, { chunk: (chunk) => capture.add(chunk), over: (broken) => done(() => capture.finish(broken)) });
  }

  /** A large request is not handed to a sink before its answer is here: that would be in the answer's way (8 MB: 6 ms). */
  #uploadOver(finish: () => Captured): void {
    if (this.#begun) this.#requestOver(finish());
    else this.#uploaded = finish;
  }

  #begin(): void {
    this.#begun = true;
    if (this.#uploaded !== null) this.#requestOver(this.#uploaded());
    this.#uploaded = null;
  }

  #hold(answer: LoggedAnswer, body: Readable): Readable {
    const capture = this.#openCapture();
    return holdLastByte(body, {
      contentLength: lengthOf(answer.headers),
      chunk: (chunk) => capture.add(chunk),
      seen: (broken) => {
        this.#answerOver(answer, capture.finish(broken));
        return this.#owed;
      },
    });
  }

  #requestOver(captured: Captured): void {
    this.#asked = captured;
    const { combined, mode } = this.#parts.settings;
    try {
      if (combined) this.#combine();
      else if (mode !== 'response') {
        this.#emit('request', [this.#ofRequest(captured)], ([body]) => this.#events.request(body as CapturedBody));
      }
    } catch (error) {
      this.#parts.failed(error);
    }
  }

  #answerOver(answer: LoggedAnswer | null, captured: Captured): void {
    this.#answered = { answer, body: captured };
    const { combined, mode } = this.#parts.settings;
    try {
      if (combined) this.#combine();
      else if (answer !== null && mode !== 'request' && this.#wants(answer)) {
        const facts = [ofAnswer(answer, captured, this.#request.path)];
        this.#emit('response', facts, ([body]) => this.#events.response(answer, body as CapturedBody));
      }
    } catch (error) {
      this.#parts.failed(error);
    }
  }

  /** Both messages are over, whichever was first. An answer that is not logged leaves the request's half. */
  #combine(): void {
    if (this.#asked === undefined || this.#answered === undefined) return;
    const { body } = this.#answered;
    const answer = this.#answered.answer !== null && this.#wants(this.#answered.answer) ? this.#answered.answer : null;
    const asked = this.#ofRequest(this.#asked);
    const facts = answer === null ? [asked] : [asked, ofAnswer(answer, body, this.#request.path)];
    this.#emit('exchange', facts, ([first, second]) =>
      this.#events.exchange(first as CapturedBody, answer, second ?? null),
    );
  }

  #wants({ status, headers, trailers }: LoggedAnswer): boolean {
    return this.#parts.selection.wantsResponse(status, statusOfGrpc(headers, trailers));
  }

  #emit(kind: EventKind, parts: readonly Message[], make: (bodies: readonly CapturedBody[]) => LogEvent): void {
    const owed = offerEvent({ kind, parts, make }, this.#parts);
    if (this.#parts.spooled) this.#owed = both(this.#owed, owed); // else nobody waits, also not for a body to be decoded
  }

  #ofRequest(captured: Captured): Message {
    const { headers, path } = this.#request;
    return { captured, headers, path };
  }
}

function ofAnswer({ headers }: LoggedAnswer, captured: Captured, path: string): Message {
  return { captured, headers, path };
}

function lengthOf(headers: HeaderBlock): number | null {
  const text = headers.get('content-length');
  return text === undefined ? null : Number(text);
}
