// One request and its answer, whatever connection carries it: what goes to the receiver, and when it is over.
import type { StoreRequest } from '../object-store.ts';
import { AnswerMalformed } from './answer-head.ts';
import { AnswerParser, type AnswerVisitor } from './answer-parser.ts';
import { failureOf } from './fetch-failure.ts';
import type { AnswerHead, AnswerReceiver, FetchFailure } from './http-client.ts';
import type { Route } from './proxy.ts';

/** How an exchange ended. `reusable`: its connection may take the next one. */
export interface Outcome {
  readonly failure: FetchFailure | null;
  readonly reusable: boolean;
}

/** So much of a body that nobody wants is read on, rather than to pay for a new connection. */
const maxDrainedBytes = 64 * 1024;

export class Exchange implements AnswerVisitor {
  readonly #receiver: AnswerReceiver;
  readonly #parser: AnswerParser;
  readonly route: Route;
  /** Its head, as it goes over the wire. */
  readonly requestText: string;
  /** It was sent on a connection that had been idle, and may have been closed meanwhile. */
  sentOnIdle = false;
  #wanted = true;
  #drainedBytes = 0;
  #abandoned = false;
  #received: Outcome | null = null; // what a call of the receiver led to
  #reads = 0;

  constructor(options: { request: StoreRequest; receiver: AnswerReceiver; route: Route; requestText: string }) {
    this.#receiver = options.receiver;
    this.route = options.route;
    this.requestText = options.requestText;
    this.#parser = new AnswerParser(this, { bodiless: options.request.method === 'HEAD' });
  }

  /** A byte of the answer came. */
  get begun(): boolean {
    return this.#parser.begun;
  }

  /** Grows with what comes in. */
  get reads(): number {
    return this.#reads;
  }

  /** Nothing more goes to the receiver. */
  abandon(): void {
    this.#abandoned = true;
  }

  /** Null: more is to come, or it was abandoned meanwhile. */
  read(bytes: Buffer, length: number): Outcome | null {
    this.#reads += 1;
    try {
      const reading = this.#parser.read(bytes, length);
      if (this.#abandoned || reading === 'more') return null;
      return reading === 'complete' ? { failure: null, reusable: this.#parser.reusable } : this.#received;
    } catch (error) {
      if (!(error instanceof AnswerMalformed)) throw error;
      return this.#over({ failure: failureOf('protocol', { at: this.route, words: error.message }), reusable: false });
    }
  }

  /** The connection is gone. */
  cut(failure: FetchFailure, orderly: boolean): Outcome {
    const complete = orderly && this.#parser.end() === 'complete';
    return this.#over({ failure: complete ? null : failure, reusable: false });
  }

  /** Told once, after the lane is free for the next one. */
  end(failure: FetchFailure | null): void {
    this.#receiver.ended(failure);
  }

  head(head: AnswerHead): boolean {
    return this.#tell(() => {
      this.#wanted = this.#receiver.head(head);
      return this.#wanted || isSmall(head);
    });
  }

  bytes(chunk: Uint8Array): boolean {
    return this.#tell(() => {
      if (this.#wanted) this.#receiver.bytes(chunk);
      else this.#drainedBytes += chunk.length;
      return this.#drainedBytes <= maxDrainedBytes;
    });
  }

  /** False: the rest is not read. */
  #tell(call: () => boolean): boolean {
    try {
      const goesOn = call();
      if (!goesOn) this.#received = { failure: null, reusable: false };
      return goesOn && !this.#abandoned;
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      const failure = { kind: 'receiver', message: cause.message, cause } as const;
      this.#received = { failure, reusable: false };
      return false;
    }
  }

  /** Of a body that nobody wants it does not matter how it ends. */
  #over(outcome: Outcome): Outcome {
    return this.#wanted ? outcome : { failure: null, reusable: false };
  }
}

/** Chunks may turn out to be few; what ends with the connection ends at once. */
function isSmall({ bodyBytes, headers }: AnswerHead): boolean {
  return bodyBytes === null ? headers.has('transfer-encoding') : bodyBytes <= maxDrainedBytes;
}
