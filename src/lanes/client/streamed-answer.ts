// An answer's body that comes bit by bit: lent straight to the client's connection where its source can lend, passed on otherwise.
import type { Readable } from 'node:stream';
import { OutriggerError } from '../../errors.ts';
import { LentBody } from '../../http/lent-body.ts';
import type { AnswerWriter } from './answer-writer.ts';

/** Who follows an answer on its way. */
export interface AnswerWatcher {
  sent(bytes: number): void;
  /** The last byte of the body was written; trailers and the end are not. */
  bodyEnded(): void;
  fail(error: unknown): void;
}

export class StreamedAnswer {
  readonly #body: Readable;
  readonly #writer: AnswerWriter;
  readonly #watcher: AnswerWatcher;
  #lent = false;
  #stalled = false; // the source waits for the client
  #settled = false;
  #bytes = 0;

  constructor(body: Readable, writer: AnswerWriter, watcher: AnswerWatcher) {
    this.#body = body;
    this.#writer = writer;
    this.#watcher = watcher;
  }

  start(): void {
    const body = this.#body;
    // The head leaves with the first piece, or alone when that is not there yet: a stream may be silent for long.
    setImmediate(() => {
      if (!this.#settled) this.#writer.flushHead();
    });
    body.once('end', this.#onEnd);
    body.once('error', this.#onBroken);
    body.once('close', this.#onBroken);
    if (body.closed)
      this.#onBroken(body.errored); // it broke before anybody listened
    else if (body instanceof LentBody && body.lendTo(this.#borrow)) this.#lent = true;
    else {
      body.on('data', this.#onData);
      body.resume(); // it may have been paused until somebody reads
    }
  }

  /** What was written has left, or will never. */
  drained(): void {
    if (!this.#stalled) return;
    this.#stalled = false;
    if (this.#lent) (this.#body as LentBody).freed();
    else this.#body.resume();
  }

  /** The connection is gone: what the body does from here on is nobody's business. */
  forget(): void {
    this.#settled = true;
    this.drained();
  }

  readonly #borrow = (piece: Buffer): boolean => {
    this.#stalled = !this.#write(piece);
    return !this.#stalled;
  };

  readonly #onData = (piece: Buffer): void => {
    if (this.#write(piece)) return;
    this.#stalled = true;
    this.#body.pause();
  };

  /** False: wait until it has left. */
  #write(piece: Buffer): boolean {
    if (this.#settled) return true;
    this.#bytes += piece.length;
    const { contentLength } = this.#writer.head;
    if (contentLength !== null && this.#bytes > contentLength) {
      this.#onBroken(mismatch());
      return true;
    }
    this.#watcher.sent(piece.length);
    return this.#writer.piece(piece) && !this.#writer.pending;
  }

  readonly #onEnd = (): void => {
    if (this.#settled) return;
    const { contentLength } = this.#writer.head;
    if (contentLength !== null && this.#bytes !== contentLength) {
      this.#onBroken(mismatch());
      return;
    }
    this.#settled = true;
    this.#watcher.bodyEnded();
  };

  readonly #onBroken = (error?: Error | null): void => {
    if (this.#settled) return;
    this.#settled = true;
    this.#watcher.fail(error ?? new Error('the body broke off'));
  };
}

function mismatch(): OutriggerError {
  return new OutriggerError('UPSTREAM_PROTOCOL_ERROR', "the runtime's body is not as long as its head says");
}
