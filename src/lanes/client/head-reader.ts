// The heads of one connection: the last one again at the price of a comparison, others read.
import type { ListenerConfig } from '../../config/slices.ts';
import { ChunkReader } from '../wire/chunk-reader.ts';
import { HeadCache } from '../wire/head-cache.ts';
import type { WireRequestHead } from '../wire/heads.ts';
import { readRequestHead, type WireOrigin } from '../wire/request-head.ts';

/** A head in more pieces than these goes to node:http, whose parser does not begin anew with each. */
const maxPieces = 256;

interface Piece {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

export class HeadReader {
  readonly #origin: WireOrigin;
  readonly #last = new HeadCache<WireRequestHead>();
  #pieces = 0; // of the head that is not complete yet

  constructor(limits: ListenerConfig, clientAddress = 'unknown') {
    this.#origin = { limits, clientAddress };
  }

  /** Of the head that was found incomplete last, its first bytes came with the last piece. */
  get begun(): boolean {
    return this.#pieces === 1;
  }

  read(bytes: Buffer, start: number, end: number): WireRequestHead | 'incomplete' | 'unusual' {
    const head = this.#last.find(bytes, start, end) ?? this.#readNew(bytes, start, end);
    if (head === 'incomplete') return ++this.#pieces > maxPieces ? 'unusual' : head;
    this.#pieces = 0;
    return head !== 'unusual' && isPipelined(head, { bytes, start, end }, this.#origin.limits) ? 'unusual' : head;
  }

  #readNew(bytes: Buffer, start: number, end: number): WireRequestHead | 'incomplete' | 'unusual' {
    const head = readRequestHead(bytes, start, end, this.#origin);
    if (typeof head !== 'string') this.#last.keep(bytes, start, head);
    return head;
  }
}

/** A client that does not wait for its answers wants its requests at once, side by side: node:http takes them so. */
function isPipelined(
  { bytes, contentLength, chunked }: WireRequestHead,
  piece: Piece,
  limits: ListenerConfig,
): boolean {
  const bodyAt = piece.start + bytes;
  if (!chunked) return piece.end > bodyAt + (contentLength ?? 0);
  const reader = new ChunkReader({ maxTrailerBytes: limits.maxHeaderBytes });
  try {
    return reader.read(piece.bytes, bodyAt, piece.end, ignore) < piece.end;
  } catch {
    return false; // who reads the body tells
  }
}

function ignore(): void {
  // only where it ends is asked for
}
