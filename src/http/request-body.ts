// A client's body as a stream that may be thrown away without harming the client's connection.
import type { IncomingMessage } from 'node:http';
import { OutriggerError } from '../errors.ts';
import type { Trailers } from './exchange.ts';
import { FedBody } from './fed-body.ts';
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
export class RequestBody extends FedBody {
  readonly #incoming: IncomingMessage;
  readonly #options: RequestBodyOptions;
  #receivedBytes = 0;

  constructor(incoming: IncomingMessage, options: RequestBodyOptions) {
    super(incoming.readableHighWaterMark);
    this.#incoming = incoming;
    this.#options = options;
    incoming.on('data', this.#onData);
    incoming.on('end', this.#onEnd);
    incoming.on('error', this.#onError);
    incoming.pause();
  }

  /** Body bytes that came from the client so far. */
  get receivedBytes(): number {
    return this.#receivedBytes;
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
    this.show(chunk);
    if (!this.pass(chunk)) this.#incoming.pause();
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
