// One HTTP/2 stream of a client, from node:http2's objects to the seam and back.
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { ListenerConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import { Cancellation } from '../http/cancellation.ts';
import { asOutriggerError, errorAnswer } from '../http/error-body.ts';
import type { Handler, ProxyResponse, Trailers } from '../http/exchange.ts';
import { FlatHeaderBlock, type HeaderBlock } from '../http/header-block.ts';
import { endsStream, fromHttp2Trailers, isGrpc, toHttp2Fields } from '../http/http2-fields.ts';
import { pump } from '../http/pump.ts';
import type { RequestHead } from '../http/request-head.ts';
import { emptyBody } from '../http/small-body.ts';
import { StreamReset } from '../http/stream-reset.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Drain, InFlight } from './drain.ts';
import { grpcErrorFields } from './grpc-error.ts';

export interface Http2ExchangeParts {
  readonly config: ListenerConfig;
  readonly handler: Handler;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly drain: Drain;
}

export interface Http2Incoming {
  readonly stream: ServerHttp2Stream;
  readonly fields: IncomingHttpHeaders;
  readonly flags: number;
  readonly head: RequestHead | null; // null: it could not be read
}

type Answer = Pick<ProxyResponse, 'status' | 'headers' | 'body' | 'trailers'>;

export class Http2ServerExchange implements InFlight {
  readonly #parts: Http2ExchangeParts;
  readonly #in: Http2Incoming;
  readonly #grpc: boolean;
  readonly #startedAtMs = performance.now();
  readonly #cancellation = new Cancellation();
  #status = 499; // until an answer begins
  #requestBytes = 0;
  #responseBytes = 0;
  #complete = false;

  constructor(parts: Http2ExchangeParts, arrived: Http2Incoming) {
    this.#parts = parts;
    this.#in = arrived;
    this.#grpc = isGrpc(arrived.fields['content-type']);
  }

  run(): void {
    this.#begin();
    const { stream, fields, flags } = this.#in;
    const head = this.#in.head as RequestHead;
    const { maxBodyBytes, maxUrlBytes } = this.#parts.config;
    const path = fields[':path'] ?? '';
    if (fields[':method'] === 'CONNECT' || fields[':method'] === 'TRACE') {
      this.fail(new OutriggerError('METHOD_NOT_ALLOWED', `${fields[':method']} is not proxied`));
      return;
    }
    if (path.length > maxUrlBytes) {
      this.fail(new OutriggerError('REQUEST_TARGET_TOO_LONG', `the path exceeds ${maxUrlBytes} bytes`));
      return;
    }
    if (maxBodyBytes !== null && (head.contentLength ?? 0) > maxBodyBytes) {
      this.fail(tooLarge(maxBodyBytes));
      return;
    }
    const trailers: Trailers = { fields: null };
    stream.on('trailers', (received: IncomingHttpHeaders) => {
      trailers.fields = fromHttp2Trailers(received);
    });
    stream.on('data', (chunk: Buffer) => {
      this.#requestBytes += chunk.length;
      if (maxBodyBytes !== null && this.#requestBytes > maxBodyBytes) this.fail(tooLarge(maxBodyBytes));
    });
    stream.pause(); // counted as it is read, not before
    this.#parts
      .handler({
        protocol: 'http2',
        method: fields[':method'] as string,
        path,
        authority: head.authority,
        headers: head.headers,
        body: endsStream(flags) ? emptyBody : stream,
        contentLength: head.contentLength,
        trailers,
        expectContinue: false,
        cancellation: this.#cancellation,
        sendInformational: (status, headers) => this.#sendInformational(status, headers),
      })
      .then((response) => this.#answer(response))
      .catch((error: unknown) => this.fail(error));
  }

  describe(): string {
    return `${this.#in.fields[':method']} ${(this.#in.fields[':path'] ?? '').split('?', 1)[0]}`;
  }

  /** Answers a request that is not handled at all. */
  refuse(error: unknown): void {
    this.#begin();
    this.fail(error);
  }

  /** Answers with the error; resets the stream when an answer began already, or when the runtime did so itself. */
  fail(error: unknown): void {
    const { stream } = this.#in;
    if (stream.destroyed || stream.closed) return;
    if (error instanceof StreamReset) {
      stream.close(error.http2Code);
      return;
    }
    const failure = asOutriggerError(error);
    this.#parts.metrics.errors(failure.code).add();
    if (failure.code === 'INTERNAL') this.#parts.log.error({ err: failure }, 'request failed inside the agent');
    else this.#parts.log.debug({ code: failure.code, path: this.#in.fields[':path'] }, failure.message);
    if (stream.headersSent) {
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      return;
    }
    const answer = errorAnswer(failure);
    this.#status = answer.status;
    this.#complete = true;
    stream.resume();
    if (this.#grpc) stream.respond(grpcErrorFields(failure), { endStream: true });
    else {
      this.#responseBytes = answer.body.length;
      const headers = new FlatHeaderBlock(answer.headers);
      Http2ServerExchange.writeAnswer(stream, { status: answer.status, headers, body: answer.body });
    }
  }

  /** A whole answer without trailers. */
  static writeAnswer(
    stream: ServerHttp2Stream,
    answer: { readonly status: number; readonly headers: HeaderBlock; readonly body: Uint8Array },
  ): void {
    const empty = answer.body.length === 0;
    stream.respond(toHttp2Fields(answer.headers, { ':status': answer.status }), { endStream: empty });
    if (!empty) stream.end(answer.body);
  }

  #begin(): void {
    const { stream } = this.#in;
    this.#parts.drain.exchangeBegan(this);
    this.#parts.metrics.inFlight.add(1);
    stream.on('error', () => undefined); // 'close' follows and tells everybody
    stream.once('close', () => this.#close());
  }

  #answer(response: Answer): void {
    const { stream } = this.#in;
    const { body, trailers } = response;
    this.#status = response.status;
    if (stream.destroyed || stream.closed) {
      if (!(body instanceof Uint8Array)) body.destroy();
      return;
    }
    const fields = toHttp2Fields(response.headers, { ':status': response.status });
    if (body instanceof Uint8Array && trailers?.fields == null) {
      this.#responseBytes = body.length;
      this.#complete = true;
      stream.respond(fields, { endStream: body.length === 0 }); // a trailers-only gRPC answer stays one
      if (body.length > 0) stream.end(body);
      return;
    }
    stream.respond(fields, { waitForTrailers: true });
    stream.once('wantTrailers', () => {
      this.#complete = true;
      const last = trailers?.fields;
      // Without fields node writes an empty DATA frame with END_STREAM; close() would reset a stream that only has to end.
      stream.sendTrailers(last ? toHttp2Fields(last, {}) : {});
    });
    if (body instanceof Uint8Array) {
      this.#responseBytes = body.length;
      stream.end(body);
      return;
    }
    this.#cancellation.onCancel(() => body.destroy());
    pump(body, stream, {
      moved: (bytes) => {
        this.#responseBytes += bytes;
      },
      ended: () => stream.end(),
      broken: (error) => {
        const { rstCode } = body as { rstCode?: number };
        this.fail(rstCode ? new StreamReset(rstCode) : error);
      },
    });
  }

  #sendInformational(status: number, headers: HeaderBlock): void {
    const { stream } = this.#in;
    if (stream.headersSent || stream.destroyed || status === 101) return;
    stream.additionalHeaders(toHttp2Fields(headers, { ':status': status }));
  }

  #close(): void {
    const { stream, fields } = this.#in;
    if (!this.#complete || stream.rstCode === constants.NGHTTP2_CANCEL) {
      if (this.#status < 400) this.#status = 499;
      this.#cancellation.cancel();
    }
    this.#parts.metrics.inFlight.add(-1);
    this.#parts.metrics.recordExchange({
      protocol: this.#grpc ? 'grpc' : 'http2',
      method: fields[':method'] ?? '',
      path: fields[':path'] ?? '',
      status: this.#status,
      totalMs: performance.now() - this.#startedAtMs,
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
    });
    this.#parts.drain.exchangeEnded(this);
  }
}

function tooLarge(maxBodyBytes: number): OutriggerError {
  return new OutriggerError('REQUEST_BODY_TOO_LARGE', `the body exceeds ${maxBodyBytes} bytes`);
}
