// How does a request's body begin? Handed on as bytes when it is all there, else it becomes an upload that the connection feeds.
import { Readable } from 'node:stream';
import type { ListenerConfig } from '../../config/slices.ts';
import type { Body, Trailers } from '../../http/exchange.ts';
import { bodyTooLarge } from '../../http/request-body.ts';
import { emptyBody, maxSmallBodyBytes } from '../../http/small-body.ts';
import { readTrailers } from '../../http/trailers.ts';
import type { LaneSocket } from '../socket/lane-socket.ts';
import { type BodyFraming, ChunkedFraming, LengthFraming } from '../wire/body-framing.ts';
import type { WireRequestHead } from '../wire/heads.ts';
import type { ReadPlace } from './read-place.ts';
import { SmallUpload, StreamUpload, type Upload } from './upload.ts';

/** Bytes behind a head: the body's first ones, and maybe more. */
export interface Behind {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** The request that the body belongs to. */
export interface BodyTaker {
  requestBytes: number;
  handle(body: Body, trailers?: Trailers | null): void;
  handleStream(upload: StreamUpload, trailers: Trailers | null): void;
  fail(error: unknown): void;
}

/** The connection that it comes over. */
export interface BodySource {
  readonly parts: { readonly config: ListenerConfig };
  readonly socket: LaneSocket;
  readonly place: ReadPlace;
  /** What comes next belongs to it. */
  upload: Upload | null;
  /** `bytes[start, end)` belongs to the next request. */
  keepRest(bytes: Buffer, start: number, end: number): void;
}

/** The request is handled within this call, or once its small body is complete. @throws ChunkError */
export function beginBody(source: BodySource, taker: BodyTaker, head: WireRequestHead, behind: Behind): void {
  const { contentLength } = head;
  if (head.chunked) beginChunked(source, taker, behind);
  else if (!contentLength) {
    source.keepRest(behind.bytes, behind.start, behind.end);
    taker.handle(emptyBody);
  } else if (contentLength <= maxSmallBodyBytes) beginSmall(source, taker, contentLength, behind);
  else {
    const framing = new LengthFraming(contentLength);
    const stop = framing.take(behind.bytes, behind.start, behind.end);
    beginStream(source, taker, { framing, trailers: null }, { ...behind, start: stop });
  }
}

function beginSmall(source: BodySource, taker: BodyTaker, contentLength: number, behind: Behind): void {
  const { bytes, start, end } = behind;
  const stop = start + contentLength;
  taker.requestBytes = contentLength;
  if (stop <= end) {
    const body = Buffer.from(bytes.subarray(start, stop));
    source.keepRest(bytes, stop, end);
    taker.handle(body);
    return;
  }
  const upload = new SmallUpload(contentLength, (body) => taker.handle(body));
  upload.take(bytes, start, end);
  source.upload = upload;
  source.keepRest(bytes, end, end);
}

/** Its bytes when all of it came with its head, in one read: it goes on as any small body, unless trailers came with it. */
function beginChunked(source: BodySource, taker: BodyTaker, behind: Behind): void {
  const { maxBodyBytes, maxHeaderBytes } = source.parts.config;
  const framing = new ChunkedFraming(maxHeaderBytes);
  const stop = framing.take(behind.bytes, behind.start, behind.end);
  const { dataStart, dataEnd } = framing;
  const length = dataEnd - dataStart;
  if (!framing.done || length > maxSmallBodyBytes) {
    beginStream(source, taker, { framing, trailers: { fields: null } }, { ...behind, start: stop });
    return;
  }
  const body = length === 0 ? emptyBody : Buffer.from(behind.bytes.subarray(dataStart, dataEnd));
  source.keepRest(behind.bytes, stop, behind.end);
  taker.requestBytes = length;
  const trailers = readTrailers(framing.trailers);
  if (maxBodyBytes !== null && length > maxBodyBytes) taker.fail(bodyTooLarge(maxBodyBytes));
  else if (trailers === null) taker.handle(body);
  else taker.handle(Readable.from([body]), { fields: trailers });
}

interface Framed {
  readonly framing: BodyFraming;
  readonly trailers: Trailers | null;
}

/** `rest` begins where the framing stopped; it has found the body's first data in front of it. */
function beginStream(source: BodySource, taker: BodyTaker, { framing, trailers }: Framed, rest: Behind): void {
  const { socket, place } = source;
  const { maxBodyBytes } = source.parts.config;
  const { dataStart, dataEnd } = framing;
  const upload = new StreamUpload({ framing, socket, place, maxBodyBytes, trailers });
  if (!framing.done) source.upload = upload;
  source.keepRest(rest.bytes, rest.start, rest.end);
  taker.handleStream(upload, trailers);
  upload.pass(rest.bytes, dataStart, dataEnd); // stages look on from here
  if (framing.done) upload.finish();
}
