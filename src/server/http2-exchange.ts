// One HTTP/2 stream of a client, from node:http2's objects to the seam and back.
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { OutriggerError } from '../errors.ts';
import { Cancellation } from '../http/cancellation.ts';
import type { Client } from '../http/client.ts';
import { asOutriggerError } from '../http/error-body.ts';
import type { Body, ProxyResponse, Trailers } from '../http/exchange.ts';
import { isGrpc } from '../http/grpc-content.ts';
import type { HeaderBlock } from '../http/header-block.ts';
import { collectHttp2Body } from '../http/http2-body.ts';
import { endsStream, fromHttp2Fields } from '../http/http2-fields.ts';
import { bodyTooLarge } from '../http/request-body.ts';
import type { RequestHead } from '../http/request-head.ts';
import { emptyBody } from '../http/small-body.ts';
import { StreamReset } from '../http/stream-reset.ts';
import type { InFlight } from './drain.ts';
import { Http2Answer } from './http2-answer.ts';
import type { ServerExchangeParts } from './protocol-server.ts';

export interface Http2Incoming {
  readonly stream: ServerHttp2Stream;
  readonly fields: IncomingHttpHeaders;
  readonly flags: number;
  /** Of the session that the stream belongs to. */
  readonly client: Client;
  readonly clientAddress: string;
}

export class Http2ServerExchange implements InFlight {
  readonly #parts: ServerExchangeParts;
  readonly #in: Http2Incoming;
  readonly #answer: Http2Answer;
  readonly #startedAtMs = performance.now();
  readonly #cancellation = new Cancellation();
  #requestBytes = 0;
  #failed = false;

  constructor(parts: ServerExchangeParts, arrived: Http2Incoming) {
    this.#parts = parts;
    this.#in = arrived;
    this.#answer = new Http2Answer(arrived.stream, isGrpc(arrived.fields['content-type']));
    parts.drain.exchangeBegan(this);
    parts.metrics.inFlight.add(1);
    arrived.stream.on('close', () => this.#close());
  }

  describe(): string {
    const { ':method': method, ':path': path } = this.#in.fields;
    return `${method} ${path?.split('?', 1)[0]}`;
  }

  run(head: RequestHead): void {
    const { stream, flags } = this.#in;
    const refusal = this.#refusal(head);
    if (refusal !== null) {
      this.fail(refusal);
      return;
    }
    if (endsStream(flags)) {
      this.#dispatch(head, emptyBody, null);
      return;
    }
    const trailers: Trailers = { fields: null };
    stream.on('trailers', (_fields: unknown, _flags: unknown, raw: readonly string[]) => {
      trailers.fields = fromHttp2Fields(raw);
    });
    collectHttp2Body(stream, (body) => this.#dispatch(head, body, trailers));
  }

  /** Answers with the error, or breaks what was begun. Later failures of the same exchange say nothing new. */
  fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    const { stream } = this.#in;
    try {
      if (stream.destroyed || stream.closed) return;
      if (error instanceof StreamReset) this.#answer.reset(error.http2Code);
      else this.#refuse(asOutriggerError(error));
    } catch (bug) {
      this.#parts.log.error({ err: bug }, 'an HTTP/2 stream could not be answered');
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    } finally {
      this.#cancellation.cancel(); // the runtime need not go on
      if (!stream.destroyed) stream.resume(); // the rest of an upload is dropped
    }
  }

  /** Why the request goes no further than here. */
  #refusal(head: RequestHead): OutriggerError | null {
    const { maxBodyBytes, maxUrlBytes } = this.#parts.config;
    const method = this.#in.fields[':method'];
    if (method === 'CONNECT' || method === 'TRACE') {
      return new OutriggerError('METHOD_NOT_ALLOWED', `${method} is not proxied`);
    }
    if ((this.#in.fields[':path'] ?? '').length > maxUrlBytes) {
      return new OutriggerError('REQUEST_TARGET_TOO_LONG', `the path exceeds ${maxUrlBytes} bytes`);
    }
    return maxBodyBytes !== null && (head.contentLength ?? 0) > maxBodyBytes ? bodyTooLarge(maxBodyBytes) : null;
  }

  #dispatch(head: RequestHead, body: Body, trailers: Trailers | null): void {
    const { stream, fields, client } = this.#in;
    if (body instanceof Uint8Array) this.#countUpload(body.length);
    else stream.on('data', (chunk: Buffer) => this.#countUpload(chunk.length)); // paused: this starts nothing
    if (this.#failed) return;
    this.#parts
      .handler({
        protocol: 'http2',
        method: fields[':method'] as string,
        path: fields[':path'] ?? '',
        authority: head.authority,
        headers: head.headers,
        body,
        contentLength: head.contentLength,
        trailers,
        expectContinue: false,
        cancellation: this.#cancellation,
        client,
        sendInformational: (status, headers) => this.#sendInformational(status, headers),
      })
      .then(this.#respond)
      .catch((error: unknown) => this.fail(error));
  }

  #countUpload(bytes: number): void {
    this.#requestBytes += bytes;
    const { maxBodyBytes } = this.#parts.config;
    if (maxBodyBytes !== null && this.#requestBytes > maxBodyBytes) this.fail(bodyTooLarge(maxBodyBytes));
  }

  readonly #respond = (response: ProxyResponse): void => {
    const { body } = response;
    const { stream } = this.#in;
    if (this.#failed || stream.destroyed || stream.closed) {
      if (!(body instanceof Uint8Array)) body.destroy();
      return;
    }
    if (!(body instanceof Uint8Array)) this.#cancellation.onCancel(() => body.destroy());
    this.#answer.send(response, (error) => this.fail(error));
  };

  #refuse(failure: OutriggerError): void {
    const { log, metrics } = this.#parts;
    metrics.errors(failure.code).add();
    if (failure.code === 'INTERNAL') log.error({ err: failure }, 'request failed inside the agent');
    else log.debug({ code: failure.code, request: this.describe() }, failure.message);
    this.#answer.refuse(failure);
  }

  #sendInformational(status: number, headers: HeaderBlock): void {
    try {
      this.#answer.sendInformational(status, headers);
    } catch (err) {
      this.#parts.log.debug({ err }, 'an informational answer was dropped'); // the final one still comes
    }
  }

  #close(): void {
    const { fields } = this.#in;
    const { metrics, drain } = this.#parts;
    if (!this.#answer.delivered) this.#cancellation.cancel();
    metrics.inFlight.add(-1);
    metrics.recordExchange({
      protocol: isGrpc(fields['content-type']) ? 'grpc' : 'http2',
      method: fields[':method'] ?? '',
      path: fields[':path'] ?? '',
      status: this.#answer.status,
      totalMs: performance.now() - this.#startedAtMs,
      requestBytes: this.#requestBytes,
      responseBytes: this.#answer.bytes,
    });
    drain.exchangeEnded(this);
  }
}
