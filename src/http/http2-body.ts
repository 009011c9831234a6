// The body of an HTTP/2 message: bytes when all of it came together with its head, the stream itself otherwise.
import type { Http2Stream } from 'node:http2';
import type { Readable } from 'node:stream';
import type { Body } from './exchange.ts';
import { emptyBody, maxSmallBodyBytes } from './small-body.ts';

/**
 * Waits for what the current turn of the event loop still brings, which is what came in one read of the socket: a small
 * message is then passed on by one dispatch, and a slow one is held back by nothing that could be measured.
 * Never calls back when the stream breaks meanwhile: its 'close' tells.
 */
export function collectHttp2Body(stream: Http2Stream, done: (body: Body) => void): void {
  new Collector(stream, done).start();
}

/**
 * node:http2 emits 'end' also for a stream that its peer reset by CANCEL or whose connection broke: to be asked at 'end'.
 * (A reset by NO_ERROR before the end cannot be told apart from an end.)
 */
export function wasCutShort(body: Readable): boolean {
  return ((body as Partial<Http2Stream>).rstCode ?? noError) !== noError;
}

/** RFC 9113 7. Not from node:http2, which is loaded with the first connection that needs it. */
const noError = 0;

class Collector {
  readonly #stream: Http2Stream;
  readonly #done: (body: Body) => void;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #settled = false;

  constructor(stream: Http2Stream, done: (body: Body) => void) {
    this.#stream = stream;
    this.#done = done;
  }

  start(): void {
    this.#stream.on('data', this.#onData);
    this.#stream.on('end', this.#onEnd);
    setImmediate(settleAsStream, this);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > maxSmallBodyBytes) this.settleAsStream();
  };

  readonly #onEnd = (): void => {
    if (this.#settled) return;
    this.#settled = true;
    if (wasCutShort(this.#stream)) return;
    const chunks = this.#chunks;
    this.#chunks = [];
    if (chunks.length === 1) this.#done(chunks[0] as Buffer);
    else this.#done(chunks.length === 0 ? emptyBody : Buffer.concat(chunks, this.#bytes));
  };

  settleAsStream(): void {
    const stream = this.#stream;
    if (this.#settled) return;
    this.#settled = true;
    stream.pause(); // before the listener goes: nothing is read until the next reader resumes
    stream.off('data', this.#onData);
    stream.off('end', this.#onEnd);
    if (stream.destroyed) return;
    if (this.#bytes > 0) stream.unshift(Buffer.concat(this.#chunks, this.#bytes));
    this.#chunks = [];
    this.#done(stream);
  }
}

function settleAsStream(collector: Collector): void {
  collector.settleAsStream();
}
