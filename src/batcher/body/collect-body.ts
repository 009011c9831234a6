// A body as one piece of memory, up to a bound; a larger one is given back as a stream that begins at its first byte again.
import { Readable } from 'node:stream';
import type { Body } from '../../http/exchange.ts';
import { FedBody } from '../../http/fed-body.ts';
import { wasCutShort } from '../../http/http2-body.ts';
import { tolerateUnread } from '../../http/pump.ts';
import { emptyBody } from '../../http/small-body.ts';
import { ChunkList } from './chunk-list.ts';

export type CollectedBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** Above maxBytes, all of it: to be passed on in place of the body that came. */
  | { readonly kind: 'too_large'; readonly body: Body }
  /** Not whole after patienceMs; the same. */
  | { readonly kind: 'too_slow'; readonly body: Body }
  /** `reserve` said no. A stream is left paused where it was, for whoever answers or destroys it. */
  | { readonly kind: 'refused' };

export interface CollectBounds {
  /** As the message's head announced it, null when it did not; a body of another length rejects. */
  readonly contentLength: number | null;
  readonly maxBytes: number;
  /**
   * Is there room for so many bytes more? Asked as bytes come, not for what was announced: a client that announces much and
   * sends nothing takes nobody's room. What was granted is the caller's to give back, whatever the outcome.
   */
  reserve(bytes: number): boolean;
  /** Memory for a body of announced length, when its first chunk is here; more than asked for is fine. */
  allocate?(bytes: number): Buffer;
  /** How long a body may take; for ever when absent. */
  readonly patienceMs?: number;
}

/** Of a request or an answer. Rejects with the stream's own error, or when it ended before its end. */
export function collectBody(body: Body, bounds: CollectBounds): Promise<CollectedBody> {
  const { contentLength, maxBytes, reserve } = bounds;
  const knownBytes = body instanceof Uint8Array ? body.length : contentLength;
  if (knownBytes !== null && knownBytes > maxBytes) return Promise.resolve({ kind: 'too_large', body });
  if (body instanceof Uint8Array) {
    return Promise.resolve(reserve(body.length) ? { kind: 'bytes', bytes: body } : { kind: 'refused' });
  }
  return new Promise((resolve, reject) => new Collector(body, { bounds, resolve, reject }).start());
}

interface Outcome {
  readonly bounds: CollectBounds;
  readonly resolve: (collected: CollectedBody) => void;
  readonly reject: (error: Error) => void;
}

/** Listeners only: an async iteration would cost a turn of microtasks for each chunk. */
class Collector {
  readonly #body: Readable;
  readonly #outcome: Outcome;
  readonly #chunks: ChunkList;
  #patience: NodeJS.Timeout | undefined;

  constructor(body: Readable, outcome: Outcome) {
    this.#body = body;
    this.#outcome = outcome;
    this.#chunks = new ChunkList(outcome.bounds.contentLength, outcome.bounds.allocate);
  }

  start(): void {
    const body = tolerateUnread(this.#body); // it may break after this is over and before its next reader listens
    if (body.closed) {
      this.#outcome.reject(body.errored ?? brokeOff());
      return;
    }
    if (!(body instanceof FedBody && body.divert(this.#onData))) body.on('data', this.#onData);
    body.on('end', this.#onEnd);
    body.on('error', this.#onError);
    body.on('close', this.#onClose);
    body.resume(); // it may have been paused until somebody reads
    const { patienceMs } = this.#outcome.bounds;
    if (patienceMs !== undefined) this.#patience = setTimeout(() => this.#giveUp('too_slow'), patienceMs);
  }

  readonly #onData = (chunk: Buffer): void => {
    const { contentLength, maxBytes, reserve } = this.#outcome.bounds;
    const bytes = this.#chunks.bytes + chunk.length;
    if (contentLength !== null && bytes > contentLength) this.#fail(new Error('the body exceeds its Content-Length'));
    else if (bytes > maxBytes) this.#giveUp('too_large', chunk);
    else if (reserve(chunk.length)) this.#chunks.add(chunk);
    else {
      this.#leave();
      this.#outcome.resolve({ kind: 'refused' });
    }
  };

  readonly #onEnd = (): void => {
    const { contentLength } = this.#outcome.bounds;
    const { bytes } = this.#chunks;
    if (wasCutShort(this.#body) || (contentLength !== null && bytes !== contentLength)) this.#fail(brokeOff());
    else {
      this.#leave();
      this.#outcome.resolve({ kind: 'bytes', bytes: bytes === 0 ? emptyBody : this.#chunks.joined() });
    }
  };

  readonly #onError = (error: Error): void => this.#fail(error);

  readonly #onClose = (): void => this.#fail(this.#body.errored ?? brokeOff());

  /** `more`: behind what was collected. */
  #giveUp(kind: 'too_large' | 'too_slow', ...more: readonly Buffer[]): void {
    this.#leave();
    this.#outcome.resolve({ kind, body: rejoin([...this.#chunks.pieces(), ...more], this.#body) });
  }

  #fail(error: Error): void {
    this.#leave();
    this.#outcome.reject(error);
  }

  #leave(): void {
    clearTimeout(this.#patience);
    const body = this.#body;
    body.pause(); // before the listeners go: nothing is read until the next reader resumes
    body.off('data', this.#onData);
    if (body instanceof FedBody) body.divert(null);
    body.off('end', this.#onEnd);
    body.off('error', this.#onError);
    body.off('close', this.#onClose);
  }
}

function brokeOff(): Error {
  return new Error('the body broke off');
}

/**
 * What was read, then the rest. (Not by `unshift`: a stream of HTTP/2 has listeners that count its bytes, and they would count
 * these twice.) It ends after `source` did, so that trailers are there by then.
 */
function rejoin(pieces: Buffer[], source: Readable): Readable {
  let next = 0;
  let ended = false;
  const body = new Readable({
    highWaterMark: source.readableHighWaterMark,
    read() {
      while (next < pieces.length) if (!body.push(pieces[next++])) return;
      if (ended) body.push(null);
      else source.resume();
    },
    destroy(error, done) {
      // A source that ended is left alone: that of an HTTP/2 request still carries the answer.
      if (!source.readableEnded) source.destroy(error ?? undefined);
      done(error);
    },
  });
  // A source may end while it is paused, or be resumed by others: its turn comes after the pieces.
  source.on('data', (chunk: Buffer) => {
    if (next < pieces.length) pieces.push(chunk);
    else if (!body.push(chunk)) source.pause();
  });
  source.once('end', () => {
    ended = true;
    if (wasCutShort(source)) body.destroy(brokeOff());
    else if (next === pieces.length) body.push(null);
  });
  source.once('error', (error) => body.destroy(error));
  source.once('close', () => {
    if (!source.readableEnded) body.destroy(source.errored ?? brokeOff());
  });
  return tolerateUnread(body);
}
