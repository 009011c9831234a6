// What goes back on one HTTP/2 stream: a whole answer, a streamed one with its trailers, an error, or a reset.
import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Readable } from 'node:stream';
import { OutriggerError } from '../errors.ts';
import { errorAnswer } from '../http/error-body.ts';
import type { ProxyResponse, Trailers } from '../http/exchange.ts';
import { isGrpc } from '../http/grpc-content.ts';
import { grpcErrorFields, grpcErrorTrailers } from '../http/grpc-error.ts';
import { FlatHeaderBlock, type HeaderBlock } from '../http/header-block.ts';
import { toHttp2Fields, toHttp2Trailers } from '../http/http2-fields.ts';
import { pump } from '../http/pump.ts';
import { breakReasonOf } from '../http/stream-reset.ts';

interface RespondOptions {
  readonly endStream?: boolean;
  readonly waitForTrailers?: boolean;
}

/** The runtime's fields go out as they came: node would add a Date (the types of node lack the option). */
function respond(stream: ServerHttp2Stream, fields: OutgoingHttpHeaders, options: RespondOptions): void {
  const all: RespondOptions & { sendDate: boolean } = { ...options, sendDate: false };
  stream.respond(fields, all);
}

/** The end of a gRPC answer whose runtime reset it without an error: never one that looks complete. */
const statusMissing = grpcErrorTrailers(
  new OutriggerError('UPSTREAM_UNREACHABLE', 'the runtime ended the stream without a status'),
);

/** Seen when the client left before an answer began; in metrics only. */
const clientGone = 499;

export class Http2Answer {
  readonly #stream: ServerHttp2Stream;
  readonly #grpc: boolean;
  #status = clientGone;
  #bytes = 0;
  #complete = false; // all of it is handed to node
  #refused = false;
  #lastWords: OutgoingHttpHeaders = {}; // when the runtime has no trailers, or broke off before them

  constructor(stream: ServerHttp2Stream, grpc: boolean) {
    this.#stream = stream;
    this.#grpc = grpc;
  }

  /** For a closed stream: what the client got, or 499. */
  get status(): number {
    return this.delivered || this.#status >= 400 ? this.#status : clientGone;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** For a closed stream: the answer went out to its end, no side broke it off. */
  get delivered(): boolean {
    const { rstCode, writableFinished } = this.#stream;
    return this.#complete && rstCode === constants.NGHTTP2_NO_ERROR && writableFinished;
  }

  /** `broken` is called at most once, when a streamed body breaks off. */
  send(response: Omit<ProxyResponse, 'reason'>, broken: (error: Error) => void): void {
    const stream = this.#stream;
    const { status, headers, body, trailers } = response;
    this.#status = status;
    const fields = toHttp2Fields([':status', String(status)], headers);
    if (hasNoBody(stream, status)) {
      respond(stream, fields, { endStream: true });
      this.#complete = true;
      if (!(body instanceof Uint8Array)) body.resume();
      return;
    }
    const empty = body instanceof Uint8Array && body.length === 0;
    const needsStatus = this.#grpc && !empty && isGrpc(headers.get('content-type'));
    if (body instanceof Uint8Array && trailers?.fields == null && !needsStatus) {
      respond(stream, fields, { endStream: empty }); // a trailers-only gRPC answer stays one
      this.#end(body);
      return;
    }
    if (needsStatus) this.#lastWords = statusMissing;
    respond(stream, fields, { waitForTrailers: true });
    stream.on('wantTrailers', () => this.#sendTrailers(trailers));
    if (body instanceof Uint8Array) this.#end(body);
    else this.#pump(body, broken);
  }

  /** The agent's own no: JSON for REST, a trailers-only status for gRPC; gRPC can be told even when an answer began. */
  refuse(failure: OutriggerError): void {
    const stream = this.#stream;
    this.#status = failure.httpStatus;
    if (stream.headersSent) {
      if (this.#grpc && !stream.writableEnded) {
        this.#refused = true;
        this.#lastWords = grpcErrorTrailers(failure);
        this.#complete = true;
        stream.end();
      } else stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    } else if (this.#grpc) {
      respond(stream, grpcErrorFields(failure), { endStream: true });
      this.#complete = true;
    } else {
      const { headers, ...answer } = errorAnswer(failure);
      this.send({ ...answer, headers: new FlatHeaderBlock(headers), trailers: null }, () => undefined);
    }
  }

  /** Passes the runtime's reset on. */
  reset(http2Code: number): void {
    this.#status = 502;
    this.#stream.close(http2Code);
  }

  sendInformational(status: number, headers: HeaderBlock): void {
    const stream = this.#stream;
    if (stream.headersSent || stream.destroyed || stream.closed || status === 101) return;
    stream.additionalHeaders({ ...toHttp2Trailers(headers), ':status': status });
  }

  #end(body: Uint8Array): void {
    this.#bytes = body.length;
    this.#complete = true;
    if (body.length > 0) this.#stream.end(body);
    else if (!this.#stream.writableEnded) this.#stream.end();
  }

  #pump(body: Readable, broken: (error: Error) => void): void {
    const stream = this.#stream;
    pump(body, stream, {
      moved: (bytes) => {
        this.#bytes += bytes;
      },
      ended: () => {
        const reason = breakReasonOf(body);
        if (reason !== undefined) {
          broken(reason);
          return;
        }
        this.#complete = true;
        stream.end();
      },
      broken: (error) => broken(breakReasonOf(body) ?? error),
    });
  }

  /** node asks once all data went out, and leaves the stream open until it is told. */
  #sendTrailers(trailers: Trailers | null): void {
    const fromRuntime = this.#refused ? null : trailers?.fields;
    this.#stream.sendTrailers(fromRuntime ? toHttp2Trailers(fromRuntime) : this.#lastWords);
  }
}

function hasNoBody(stream: ServerHttp2Stream, status: number): boolean {
  const { headRequest } = stream as ServerHttp2Stream & { readonly headRequest: boolean };
  return headRequest || status === 204 || status === 205 || status === 304;
}
