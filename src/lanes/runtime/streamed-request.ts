// The body of a request that streams: chunks lent by the client's connection are written as they lie, others are pumped.
import type { Readable } from 'node:stream';
import { LentBody } from '../../http/lent-body.ts';
import type { BufferCollector } from '../../upstream/buffer-collector.ts';
import type { LaneSocket } from '../socket/lane-socket.ts';

export interface StreamedRequestParts {
  readonly socket: LaneSocket;
  /** Of Content-Length, which went out with the head. */
  readonly bytes: number;
  readonly buffers: BufferCollector;
  /** The body broke off, or is not as long as was announced. May be called more than once. */
  failed(error: Error): void;
}

export class StreamedRequest {
  readonly #body: Readable;
  readonly #parts: StreamedRequestParts;
  readonly #lent: LentBody | null;
  #leftBytes: number;
  #stalled = false; // the chunk written last has not left yet

  /** Behind the head; the body starts to flow. */
  constructor(body: Readable, parts: StreamedRequestParts) {
    this.#body = body;
    this.#parts = parts;
    this.#leftBytes = parts.bytes;
    body.once('end', this.#onEnd);
    body.once('error', this.#onBroken);
    body.once('close', this.#onBroken);
    this.#lent = body instanceof LentBody && body.lendTo(this.#write) ? body : null;
    if (this.#lent === null) {
      body.on('data', this.#onData);
      body.resume();
    }
    if (body.closed) this.#onBroken(body.errored ?? undefined); // it broke before anybody listened
  }

  /** Every byte has left. */
  get over(): boolean {
    return this.#leftBytes === 0 && !this.#parts.socket.pending;
  }

  /** What was written has left. */
  drained(): void {
    if (!this.#stalled) return;
    this.#stalled = false;
    if (this.#lent === null) this.#body.resume();
    else this.#lent.freed();
  }

  readonly #write = (chunk: Buffer): boolean => {
    if (chunk.length > this.#leftBytes) {
      this.#parts.failed(new Error('the body of the request is longer than its Content-Length')); // never a byte more
      return true;
    }
    this.#leftBytes -= chunk.length;
    this.#stalled = !this.#parts.socket.write(chunk);
    return !this.#stalled;
  };

  readonly #onData = (chunk: Buffer): void => {
    this.#parts.buffers.passed(chunk.length);
    if (!this.#write(chunk)) this.#body.pause();
  };

  readonly #onEnd = (): void => {
    this.#body.off('close', this.#onBroken);
    if (this.#leftBytes > 0)
      this.#parts.failed(new Error('the body of the request is shorter than its Content-Length'));
  };

  readonly #onBroken = (error?: Error): void => {
    this.#parts.failed(error ?? new Error('the body broke off'));
  };
}
