// One connection to a sink, with one request on its way at a time.
import type { Socket } from 'node:net';
import type { Attempt, EncodedEvents, Failure } from '../delivery/delivery.ts';
import { joinPieces } from '../event/pieces.ts';
import { AnswerReader, type Reading } from './answer-reader.ts';
import { explainConnectionError } from './connection-failure.ts';
import { openSinkSocket, type SinkSocketOptions } from './sink-socket.ts';

export interface Post {
  readonly head: string; // latin1, with the empty line
  readonly events: EncodedEvents;
  readonly done: (attempt: Attempt) => void;
  readonly startedMs: number; // performance.now()
  readonly again: boolean; // went out before, over a connection that was dead
}

export interface ConnectionOwner {
  /** The answer is complete: the next request may come. Called before the answer is handed on. */
  free(connection: SinkConnection): void;
  /** No request may come any more; once. */
  gone(connection: SinkConnection): void;
  /** Over a connection that had served before not one byte came back: most likely the sink had closed it meanwhile. */
  unanswered(post: Post): void;
}

export interface SinkConnectionOptions extends Omit<SinkSocketOptions, 'onBytes'> {
  readonly owner: ConnectionOwner;
  readonly timeoutMs: number; // connecting, writing and the whole answer
  readonly generation: number; // of the files that TLS rests on
}

/** Up to this a request leaves as one piece of text: a copy costs less than a second piece. */
const oneWriteBytes = 4096;

/** A timer with more would fire at once. */
const maxTimerMs = 2 ** 31 - 1;

export class SinkConnection {
  readonly openedMs = performance.now();
  readonly generation: number;
  readonly #owner: ConnectionOwner;
  readonly #timeoutMs: number;
  readonly #socket: Socket;
  readonly #answer = new AnswerReader();
  #post: Post | null = null;
  #reached: ((failure: Failure | null) => void) | null = null;
  #timer: NodeJS.Timeout | null = null; // fires once in vain after the last request: stopping it each time costs more
  #ready = false;
  #served = false; // an answer came before
  #gone = false;
  #lastUsedMs = 0;

  constructor({ owner, timeoutMs, generation, ...socketOptions }: SinkConnectionOptions) {
    this.#owner = owner;
    this.#timeoutMs = Math.min(timeoutMs, maxTimerMs);
    this.generation = generation;
    const onBytes = (bytes: Buffer, length: number) => this.#read(bytes, length);
    const { socket, readyEvent } = openSinkSocket({ ...socketOptions, onBytes });
    this.#socket = socket;
    socket.once(readyEvent, () => {
      this.#ready = true;
      if (this.#post !== null) this.#write(this.#post);
      else this.#tellReached(null);
    });
    socket.on('error', (error) => this.#fail(explainConnectionError(error, this.#ready)));
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#end());
  }

  get lastUsedMs(): number {
    return this.#lastUsedMs;
  }

  /** Before anything is sent: tells when the connection stands, and is free then; or why it does not. */
  reach(done: (failure: Failure | null) => void): void {
    this.#reached = done;
    this.#timer = setTimeout(() => {
      this.#fail({ code: 'timeout', message: `no connection within ${this.#timeoutMs} ms` });
    }, this.#timeoutMs).unref();
  }

  /** Not before the connection is free, except for the first. */
  send(post: Post): void {
    this.#post = post;
    this.#lastUsedMs = post.startedMs;
    if (this.#timer === null) this.#startTimer(post);
    else this.#timer.refresh();
    if (this.#ready) this.#write(post);
  }

  /** What is on its way fails with `closed`. Twice is harmless. */
  close(message = 'the connection is closed'): void {
    this.#fail({ code: 'closed', message });
  }

  /** A request that went out before has not all of the time left. */
  #startTimer(post: Post): void {
    const spentMs = post.again ? performance.now() - post.startedMs : 0;
    this.#timer = setTimeout(() => this.#timeOut(), Math.max(1, this.#timeoutMs - spentMs)).unref();
  }

  #timeOut(): void {
    if (this.#post === null) return;
    this.#fail({ code: 'timeout', message: `${this.#phase()} within ${this.#timeoutMs} ms` });
  }

  #phase(): string {
    if (!this.#ready) return 'no connection';
    if (this.#answer.begun) return 'no complete answer';
    return this.#socket.writableLength > 0 ? 'request not taken' : 'no answer';
  }

  #write({ head, events: { body, bodyBytes } }: Post): void {
    const socket = this.#socket;
    if (bodyBytes <= oneWriteBytes) {
      socket.write(head + joinPieces(body).toString('latin1'), 'latin1');
      return;
    }
    socket.cork();
    socket.write(head, 'latin1');
    for (const part of body) socket.write(part);
    socket.uncork();
  }

  #read(bytes: Buffer, length: number): void {
    if (this.#post === null)
      this.#leave(); // nobody asked
    else this.#heed(this.#answer.read(bytes, length));
  }

  #heed(reading: Reading): void {
    if (reading === 'more') return;
    if (reading === 'malformed') this.#fail({ code: 'protocol', message: 'the answer is no valid HTTP/1.1' });
    else this.#finish(reading);
  }

  #finish(reading: 'complete' | 'too_long'): void {
    const post = this.#post as Post;
    const { status, retryAfter, text, reusable } = this.#answer.take();
    this.#post = null;
    this.#served = true;
    if (post.again) this.#stopTimer(); // it was shorter than the next one needs
    // Answered before the request was written out: what is left of it would be taken for the next one.
    if (reusable && reading === 'complete' && this.#socket.writableLength === 0) this.#owner.free(this);
    else this.#leave();
    post.done({ kind: 'answered', status, retryAfter, text });
  }

  #end(): void {
    if (this.#post !== null && this.#answer.end() === 'complete') this.#finish('complete');
    else this.#fail({ code: 'reset', message: `the sink closed the connection before ${this.#missing()}` });
  }

  #missing(): string {
    if (!this.#ready) return 'it was ready';
    return this.#answer.begun ? 'its answer was complete' : 'an answer';
  }

  #fail(failure: Failure): void {
    const post = this.#post;
    this.#post = null;
    this.#leave();
    this.#tellReached(failure);
    if (post === null) return;
    const dead = failure.code === 'reset' || failure.code === 'tls' || failure.code === 'unreachable';
    if (dead && this.#served && !this.#answer.begun) this.#owner.unanswered(post);
    else post.done({ kind: 'failed', ...failure });
  }

  #tellReached(failure: Failure | null): void {
    const reached = this.#reached;
    if (reached === null) return;
    this.#reached = null;
    this.#stopTimer();
    this.#lastUsedMs = performance.now();
    if (failure === null) this.#owner.free(this);
    reached(failure);
  }

  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#stopTimer();
    this.#socket.destroy();
    this.#owner.gone(this);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
