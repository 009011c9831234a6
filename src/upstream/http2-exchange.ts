// One exchange with the runtime on a stream of its own: both directions as they come, trailers, resets and 1xx included.
import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import { OutriggerError } from '../errors.ts';
import type { Body, ProxyRequest, ProxyResponse, Trailers } from '../http/exchange.ts';
import type { HeaderBlock } from '../http/header-block.ts';
import { collectHttp2Body, wasCutShort } from '../http/http2-body.ts';
import { endsStream, fromHttp2Fields, toHttp2Fields } from '../http/http2-fields.ts';
import { emptyBody } from '../http/small-body.ts';
import { StreamReset, setBreakReason } from '../http/stream-reset.ts';
import type { BufferCollector } from './buffer-collector.ts';
import type { UpstreamSession } from './http2-session.ts';
import { sendHttp2Body, waitsForTrailers } from './http2-upload.ts';

export interface Http2ExchangeEnd {
  readonly buffers: BufferCollector;
  resolve(response: ProxyResponse): void;
  /** The stream ended, or was never opened, before an answer began. */
  reject(error: Error): void;
  /** After either: the stream is closed. */
  closed(): void;
}

export class Http2Exchange {
  readonly #request: ProxyRequest;
  readonly #session: UpstreamSession;
  readonly #end: Http2ExchangeEnd;
  readonly #trailers: Trailers = { fields: null };
  #stream!: ClientHttp2Stream; // from start() on
  #failure: Error | null = null; // ours, or the first that node told
  #answered = false;
  #complete = false;

  constructor(request: ProxyRequest, session: UpstreamSession, end: Http2ExchangeEnd) {
    this.#request = request;
    this.#session = session;
    this.#end = end;
  }

  /** `requestTimeoutMs`: for the whole exchange; null = none. */
  start(requestTimeoutMs: number | null): void {
    const stream = this.#open();
    if (stream === null) return;
    this.#stream = stream;
    const deadline =
      requestTimeoutMs === null ? undefined : setTimeout(this.#timeOut, requestTimeoutMs, requestTimeoutMs);
    stream.on('response', this.#onResponse as (headers: IncomingHttpHeaders) => void);
    stream.on('trailers', (_fields: unknown, _flags: unknown, raw: readonly string[]) => {
      this.#trailers.fields = fromHttp2Fields(raw);
    });
    stream.on('headers', (fields: IncomingHttpHeaders, _flags: unknown, raw?: readonly string[]) => {
      this.#request.sendInformational(Number(fields[':status']), fromHttp2Fields(raw ?? []));
    });
    stream.on('error', (error) => {
      this.#failure ??= error;
      this.#tellBreak();
    });
    stream.on('close', () => {
      clearTimeout(deadline);
      this.#onClose();
    });
    this.#request.cancellation.onCancel(() => this.#abort(new OutriggerError('CLIENT_GONE', 'the client left')));
    sendHttp2Body(this.#request, stream, this.#end.buffers);
  }

  #open(): ClientHttp2Stream | null {
    const request = this.#request;
    const { body } = request;
    try {
      return this.#session.http2.request(requestFields(request), {
        endStream: body instanceof Uint8Array && body.length === 0 && request.trailers?.fields == null,
        waitForTrailers: waitsForTrailers(request),
      });
    } catch (cause) {
      const { http2 } = this.#session;
      const gone = http2.closed || http2.destroyed; // between the lease and now; Node before 24.20 throws then
      this.#end.reject(
        gone
          ? new OutriggerError('UPSTREAM_UNREACHABLE', "the runtime's HTTP/2 connection closed", { cause })
          : new OutriggerError('REQUEST_MALFORMED', 'the header fields cannot be sent over HTTP/2', { cause }),
      );
      this.#end.closed();
      return null;
    }
  }

  readonly #onResponse = (headers: IncomingHttpHeaders, flags: number, raw: readonly string[]): void => {
    const status = Number(headers[':status']);
    const fields = fromHttp2Fields(raw);
    this.#session.proven = true;
    if (endsStream(flags)) {
      this.#stream.resume(); // there is nothing but an end to read
      this.#answer(status, fields, emptyBody);
    } else collectHttp2Body(this.#stream, (body) => this.#answer(status, fields, body));
  };

  #answer(status: number, headers: HeaderBlock, body: Body): void {
    const announced = headers.get('content-length');
    const isWhole = (bytes: number): boolean => announced === undefined || Number(announced) === bytes;
    if (body instanceof Uint8Array) {
      if (body !== emptyBody && !isWhole(body.length)) return; // 'close' rejects
      this.#complete = true;
    } else {
      let bytes = 0;
      body.on('data', (chunk: Buffer) => {
        bytes += chunk.length; // paused: listening starts nothing
        this.#end.buffers.passed(chunk.length);
      });
      body.once('end', () => {
        if (!wasCutShort(body) && isWhole(bytes)) this.#complete = true;
        else this.#tellBreak();
      });
    }
    this.#answered = true;
    this.#end.resolve({ status, headers, body, trailers: this.#trailers });
  }

  readonly #timeOut = (requestTimeoutMs: number): void => {
    this.#abort(new OutriggerError('UPSTREAM_TIMEOUT', `no complete answer within ${requestTimeoutMs} ms`));
  };

  #abort(reason: OutriggerError): void {
    if (this.#stream.closed || this.#stream.destroyed) return;
    this.#failure = reason;
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  #onClose(): void {
    if (!this.#answered) this.#end.reject(this.#explain());
    else if (!this.#complete) this.#tellBreak();
    this.#end.closed();
  }

  #tellBreak(): void {
    if (this.#answered && !this.#complete) setBreakReason(this.#stream, this.#explain());
  }

  /** The runtime's word for one stream is passed on as it is; everything else is the connection's fault, or ours. */
  #explain(): Error {
    const failure = this.#failure;
    if (failure instanceof OutriggerError) return failure;
    const cause = failure ?? undefined;
    if (this.#session.broken) {
      return new OutriggerError('UPSTREAM_UNREACHABLE', "the runtime's HTTP/2 connection broke", { cause });
    }
    const code = this.#stream.rstCode ?? constants.NGHTTP2_NO_ERROR;
    if (code === constants.NGHTTP2_NO_ERROR) {
      return new OutriggerError('UPSTREAM_UNREACHABLE', 'the runtime ended the stream without an answer', { cause });
    }
    if (code === constants.NGHTTP2_PROTOCOL_ERROR) {
      return new OutriggerError('UPSTREAM_PROTOCOL_ERROR', "the runtime's answer is no valid HTTP/2", { cause });
    }
    return new StreamReset(code);
  }
}

function requestFields({ method, authority, path, headers, contentLength }: ProxyRequest) {
  const pseudo = [':method', method, ':scheme', 'http', ':authority', authority, ':path', path];
  if (contentLength !== null) pseudo.push('content-length', String(contentLength));
  return toHttp2Fields(pseudo, headers);
}
