// The client's body on its way to the runtime over HTTP/2: bytes at once, a stream with back-pressure, trailers after it.
import { type ClientHttp2Stream, constants } from 'node:http2';
import type { Readable } from 'node:stream';
import type { ProxyRequest } from '../http/exchange.ts';
import { toHttp2Trailers } from '../http/http2-fields.ts';

/**
 * node wants to know before the head is sent, and it costs a frame. Trailers of a streamed body therefore pass only when
 * the head announces them by `Trailer` (RFC 9110 6.6.2); of a body held as bytes they are known. gRPC requests have none.
 */
export function announcesTrailers({ trailers, headers, body }: ProxyRequest): boolean {
  if (trailers === null) return false;
  return body instanceof Uint8Array ? trailers.fields !== null : headers.get('trailer') !== undefined;
}

export function sendHttp2Body(request: ProxyRequest, stream: ClientHttp2Stream): void {
  const { body, trailers } = request;
  if (announcesTrailers(request)) {
    stream.on('wantTrailers', () => {
      const last = trailers?.fields;
      stream.sendTrailers(last ? toHttp2Trailers(last) : {});
    });
  }
  if (!(body instanceof Uint8Array)) upload(body, stream);
  else if (body.length > 0) stream.end(body);
  else if (trailers?.fields != null) stream.end();
}

function upload(body: Readable, stream: ClientHttp2Stream): void {
  let ended = false;
  const onData = (chunk: Buffer): void => {
    if (!stream.write(chunk)) body.pause();
  };
  body.on('data', onData);
  body.on('end', () => {
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
