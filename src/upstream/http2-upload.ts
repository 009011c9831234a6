// The client's body on its way to the runtime over HTTP/2: bytes at once, a stream with back-pressure, trailers after it.
import { type ClientHttp2Stream, constants, type Http2Stream } from 'node:http2';
import type { Readable } from 'node:stream';
import type { ProxyRequest } from '../http/exchange.ts';
import { wasCutShort } from '../http/http2-body.ts';
import { toHttp2Trailers } from '../http/http2-fields.ts';
import type { BufferCollector } from './buffer-collector.ts';

/**
 * node wants to know before the head is sent whether trailers follow. A streamed body always waits for them, at the cost of
 * an empty frame: a stream that does not is ended by node when it is cancelled, and the runtime would take the part for
 * the whole. For a body held as bytes they are known.
 */
export function waitsForTrailers({ trailers, body }: ProxyRequest): boolean {
  return !(body instanceof Uint8Array) || trailers?.fields != null;
}

export function sendHttp2Body(request: ProxyRequest, stream: ClientHttp2Stream, buffers: BufferCollector): void {
  const { body, trailers } = request;
  if (waitsForTrailers(request)) {
    stream.on('wantTrailers', () => {
      const last = trailers?.fields;
      stream.sendTrailers(last ? toHttp2Trailers(last) : {});
    });
  }
  if (!(body instanceof Uint8Array)) upload(body, { stream, buffers });
  else if (body.length > 0) stream.end(body);
  else if (trailers?.fields != null) stream.end();
}

interface UploadTarget {
  readonly stream: ClientHttp2Stream;
  readonly buffers: BufferCollector;
}

function upload(body: Readable, { stream, buffers }: UploadTarget): void {
  let ended = false;
  const onData = (chunk: Buffer): void => {
    buffers.passed(chunk.length);
    if (!stream.write(chunk)) body.pause();
  };
  body.on('data', onData);
  body.on('end', () => {
    if (wasCutShort(body) || isAborted(body)) return; // 'close' follows
    ended = true;
    stream.end();
  });
  body.on('error', () => stream.close(constants.NGHTTP2_CANCEL));
  body.on('close', () => {
    if (!ended) stream.close(constants.NGHTTP2_CANCEL);
  });
  stream.on('drain', () => body.resume());
  stream.on('close', () => {
    // Answered early, or broken: the rest of the upload is read and dropped, so that the client's stream can end.
    body.off('data', onData);
    if (!body.destroyed) body.resume();
  });
  body.resume(); // it was paused until somebody reads
}

/** The client reset its stream, by whatever code, before our answer ended. */
function isAborted(body: Readable): boolean {
  return (body as Partial<Http2Stream>).aborted === true;
}
