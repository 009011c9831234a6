// A client's body as a stream that may be thrown away without harming the client's connection.
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { OutriggerError } from '../errors.ts';
import type { Trailers } from './exchange.ts';
import { tolerateUnread } from './pump.ts';
import { readTrailers } from './trailers.ts';

export interface RequestBodyOptions {
  readonly maxBodyBytes: number | null;
  readonly trailers: Trailers | null;
}

/**
 * Reads `incoming` on demand. When it is destroyed early (the runtime answered before the upload ended) the rest of the
 * upload is read and dropped, so that the answer still reaches the client: destroying `incoming` itself would reset it.
 * Fails with REQUEST_BODY_TOO_LARGE beyond maxBodyBytes and with CLIENT_GONE when the client breaks off.
 */
export class RequestBody extends Readable {
  readonly #incoming: IncomingMessage;
  readonly #options: RequestBodyOptions;
  #receivedBytes = 0;
  #taker: ((chunk: Buffer) => void) | null = null;
  #tap: ((chunk: Buffer) => void) | null = null;

  constructor(incoming: IncomingMessage, options: RequestBodyOptions) {
    super({ highWaterMark: incoming.readableHighWaterMark });
    this.#incoming = incoming;
    this.#options = options;
    tolerateUnread(this);
    incoming.on('data', this.#onData);
    incoming.on('end', this.#onEnd);
    incoming.on('error', this.#onError);
    incoming.pause();
  }

  /** Body bytes that came from the client so far. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Shows each chunk as it comes, before its reader gets it; it changes nothing for the reader. */
  tap(listener: (chunk: Buffer) => void): void {
    this.#tap = listener;
  }

  /**
   * From here on chunks go straight to `take`, which saves a stream's work for each; null: into the stream again. The end, errors
   * and the pace stay those of the stream. False, without effect, when some chunks are in the stream already.
   */
  divert(take: ((chunk: Buffer) => void) | null): boolean {
    if (this.readableLength > 0) return false;
    this.#taker = take;
    return true;
  }

  override _read(): void {
    this.#incoming.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#incoming.off('data', this.#onData);
    this.#incoming.resume();
    callback(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#receivedBytes += chunk.length;
    const { maxBodyBytes } = this.#options;
    if (maxBodyBytes !== null && this.#receivedBytes > maxBodyBytes) {
      this.destroy(bodyTooLarge(maxBodyBytes));
      return;
    }
    this.#tap?.(chunk);
    if (this.#taker !== null) this.#taker(chunk);
    else if (!this.push(chunk)) this.#incoming.pause();
  };

  readonly #onEnd = (): void => {
    const { rawTrailers } = this.#incoming;
    if (this.#options.trailers !== null && rawTrailers.length > 0) {
      this.#options.trailers.fields = readTrailers(rawTrailers);
    }
    if (!this.destroyed) this.push(null);
  };

  readonly #onError = (cause: Error): void => {
    this.destroy(new OutriggerError('CLIENT_GONE', 'the client left before its request was complete', { cause }));
  };
}

export function bodyTooLarge(maxBodyBytes: number): OutriggerError {
  return new OutriggerError('REQUEST_BODY_TOO_LARGE', `the body exceeds ${maxBodyBytes} bytes`);
}
