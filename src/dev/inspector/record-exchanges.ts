// The stage in front of all others: notes what passes, and changes nothing of it.
import type { Readable } from 'node:stream';
import { asOutriggerError, errorAnswer } from '../../http/error-body.ts';
import type { Handler, Middleware, ProxyRequest, ProxyResponse } from '../../http/exchange.ts';
import { isGrpc } from '../../http/grpc-content.ts';
import { grpcErrorFields } from '../../http/grpc-error.ts';
import { FlatHeaderBlock } from '../../http/header-block.ts';
import { StreamReset } from '../../http/stream-reset.ts';
import { tapBody } from '../../http/tap.ts';
import type { BodyCopy } from './body-copy.ts';
import type { Clock } from './clock.ts';
import type { SeenAnswer, SeenExchange } from './seen-exchange.ts';

export interface RecordParts {
  readonly clock: Clock;
  open(request: ProxyRequest): SeenExchange;
  /** The head of its answer is here. */
  answered(seen: SeenExchange): void;
  /** Called once for each that was opened. */
  ended(seen: SeenExchange): void;
}

export function recordExchanges(parts: RecordParts): Middleware {
  return (next) => (request) => new Recording(parts, request).run(next);
}

class Recording {
  readonly #parts: RecordParts;
  readonly #request: ProxyRequest;
  readonly #seen: SeenExchange;

  constructor(parts: RecordParts, request: ProxyRequest) {
    this.#parts = parts;
    this.#request = request;
    this.#seen = parts.open(request);
  }

  run(next: Handler): Promise<ProxyResponse> {
    const { body } = this.#request;
    const asked = () => {
      this.#seen.requestOver = true;
    };
    if (body instanceof Uint8Array) {
      this.#seen.requestCopy.add(body); // before others have it
      asked();
    } else follow(body, { copy: this.#seen.requestCopy, over: asked });
    return next(this.#request).then(this.#onAnswer, this.#onFailure);
  }

  readonly #onAnswer = (response: ProxyResponse): ProxyResponse => {
    const { body } = response;
    const copy = this.#seen.responseCopy;
    this.#answered(response);
    if (body instanceof Uint8Array) {
      copy.add(body);
      this.#end(false);
    } else follow(body, { copy, over: (broken) => this.#end(broken) });
    return response;
  };

  readonly #onFailure = (error: unknown): never => {
    const { cancelled } = this.#request.cancellation;
    // Neither who left nor who sees the stream reset is told anything.
    if (!cancelled && !(error instanceof StreamReset)) this.#refused(error);
    this.#end(true);
    throw error;
  };

  #refused(error: unknown): void {
    const failure = asOutriggerError(error);
    if (failure.code === 'CLIENT_GONE') return;
    if (isGrpc(this.#request.headers.get('content-type')) && this.#request.protocol === 'http2') {
      const { ':status': status, ...fields } = grpcErrorFields(failure);
      const flat = Object.entries(fields).flatMap(([name, value]) => [name, String(value)]);
      this.#answered({ status: Number(status), headers: new FlatHeaderBlock(flat), trailers: null });
      return;
    }
    const { status, headers, body } = errorAnswer(failure);
    this.#answered({ status, headers: new FlatHeaderBlock(headers), trailers: null });
    this.#seen.responseCopy.add(body);
  }

  #answered(answer: SeenAnswer): void {
    this.#seen.answered(answer);
    this.#parts.answered(this.#seen);
  }

  #end(broken: boolean): void {
    const { cancelled } = this.#request.cancellation;
    this.#seen.ended({ endedMs: this.#parts.clock.monotonicMs(), broken, cancelled });
    this.#parts.ended(this.#seen);
  }
}

function follow(body: Readable, { copy, over }: { copy: BodyCopy; over: (broken: boolean) => void }): void {
  tapBody(body, { chunk: (chunk) => copy.add(chunk), over });
}
