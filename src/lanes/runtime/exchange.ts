// One exchange of the plain lane with the runtime: bytes when the answer is complete in one read, a stream otherwise, one retry when stale.
import type { Readable } from 'node:stream';
import { OutriggerError } from '../../errors.ts';
import type { ProxyRequest, Trailers } from '../../http/exchange.ts';
import { emptyBody } from '../../http/small-body.ts';
import { ConnectFailure, explainFailure } from '../../upstream/http1-failure.ts';
import type { ConnectionUser } from '../../upstream/http1-pool.ts';
import type { ExchangeParts, Settle } from '../../upstream/pooled-upstream.ts';
import { mayResend } from '../../upstream/resend.ts';
import type { LaneTools } from '../lane-tools.ts';
import type { WireResponseHead } from '../wire/heads.ts';
import { AnswerBody } from './answer-body.ts';
import type { Carried, RuntimeConnection } from './connection.ts';
import { isWritable, leavesReusable, writeRequest } from './request-writer.ts';
import { StreamedRequest } from './streamed-request.ts';

/** A runtime says how long it keeps an idle connection: so much earlier it is closed here (undici's threshold). */
const keepAliveThresholdMs = 500;

export interface RuntimeExchangeParts extends ExchangeParts<RuntimeConnection> {
  readonly tools: LaneTools;
  readonly idleTimeoutMs: number;
}

export class RuntimeExchange implements ConnectionUser<RuntimeConnection>, Carried {
  readonly #request: ProxyRequest;
  readonly #parts: RuntimeExchangeParts;
  readonly #settle: Settle;
  readonly #startedAtMs = performance.now();
  #connection: RuntimeConnection | null = null;
  #sent = false;
  #reused = false;
  #resent = false;
  #silent = true; // not one byte came from the runtime
  #over = false; // the runtime's last byte came, or the exchange failed
  #deadline: NodeJS.Timeout | undefined;
  #upload: StreamedRequest | null = null;
  #body: AnswerBody | null = null; // the answer was handed on as a stream
  #trailers: Trailers | null = null; // null: none can follow

  constructor(request: ProxyRequest, parts: RuntimeExchangeParts, settle: Settle) {
    this.#request = request;
    this.#parts = parts;
    this.#settle = settle;
  }

  start(): void {
    const { requestTimeoutMs, pool } = this.#parts;
    if (!isWritable(this.#request)) {
      this.#fail(new OutriggerError('INTERNAL', 'the agent cannot write this request'));
      return;
    }
    if (requestTimeoutMs !== null) {
      this.#deadline = setTimeout(() => {
        this.#abort(new OutriggerError('UPSTREAM_TIMEOUT', `no complete answer within ${requestTimeoutMs} ms`));
      }, requestTimeoutMs);
    }
    try {
      pool.acquire(this);
    } catch (error) {
      this.#fail(error as OutriggerError);
      return;
    }
    this.#request.cancellation.onCancel(() => this.#abort(new OutriggerError('CLIENT_GONE', 'the client left')));
  }

  use(connection: RuntimeConnection): void {
    this.#connection = connection;
    this.#sent = false;
    connection.carry(this);
  }

  get repeatable(): boolean {
    return this.#parts.countRetry !== null && !this.#resent && this.#request.body instanceof Uint8Array;
  }

  send(reused: boolean): void {
    const { socket, answer } = this.#connection as RuntimeConnection;
    const { method, body, contentLength } = this.#request;
    this.#sent = true;
    this.#reused = reused;
    answer.begin(method);
    writeRequest(this.#request, socket, this.#parts.tools.scratch);
    if (body instanceof Uint8Array) return;
    this.#upload = new StreamedRequest(body, {
      socket,
      bytes: contentLength as number, // isWritable
      buffers: this.#parts.buffers,
      failed: (error) => this.#abort(explainFailure(error)),
    });
  }

  read(bytes: Buffer, length: number): boolean {
    const { answer } = this.#connection as RuntimeConnection;
    this.#silent = false;
    try {
      answer.take(bytes, length);
      if (answer.head === null && !this.#readHead()) return !this.#over;
      answer.readBody();
    } catch (error) {
      this.#fail(asBadAnswer(error as Error));
      return false;
    }
    return answer.done && this.#body === null ? this.#answerWhole() : this.#answerOn();
  }

  get held(): boolean {
    return this.#body?.held === true;
  }

  ended(): boolean {
    const whole = (this.#connection as RuntimeConnection).answer.endsWithConnection;
    if (whole) this.#complete();
    return whole;
  }

  drained(): void {
    this.#upload?.drained();
  }

  broken(error: Error): void {
    if (this.#over) return;
    const connection = this.#connection as RuntimeConnection;
    const again = this.#mayResend(error) ? this.#parts.pool.replace(connection) : null;
    if (again === null) {
      this.#fail(error instanceof ConnectFailure ? this.#parts.connectFailure(error.cause) : explainFailure(error));
      return;
    }
    this.#resent = true;
    if (this.#sent) this.#parts.countRetry?.();
    this.use(again);
  }

  #mayResend(error: Error): boolean {
    return mayResend({
      error,
      givenUp: this.#resent || this.#request.cancellation.cancelled,
      sent: this.#sent,
      reused: this.#reused,
      silent: this.#silent,
      repeatable: this.repeatable,
    });
  }

  /** False: the final head is not there yet. @throws OutriggerError UPSTREAM_PROTOCOL_ERROR */
  #readHead(): boolean {
    const { answer } = this.#connection as RuntimeConnection;
    for (;;) {
      const head = answer.readHead();
      if (head === null) return false;
      if (head.status >= 200) {
        if (head.chunked) this.#trailers = { fields: null };
        return true;
      }
      if (head.status === 100) throw new OutriggerError('UPSTREAM_PROTOCOL_ERROR', '100 without being asked for it');
      this.#request.sendInformational(head.status, head.headers);
      if (this.#over) return false; // the client left meanwhile
    }
  }

  #answerWhole(): boolean {
    const { bytes, dataStart, dataEnd } = (this.#connection as RuntimeConnection).answer;
    const body = dataStart === dataEnd ? emptyBody : Buffer.from(bytes.subarray(dataStart, dataEnd));
    const head = (this.#connection as RuntimeConnection).answer.head as WireResponseHead;
    this.#complete();
    this.#answer(head, body);
    return true;
  }

  #answerOn(): boolean {
    const connection = this.#connection as RuntimeConnection;
    const { answer } = connection;
    if (this.#body === null) {
      this.#body = new AnswerBody(connection, this.#parts.tools.buffers, () => {
        this.#abort(new OutriggerError('CLIENT_GONE', 'nobody reads the answer any more'));
      });
      this.#answer(answer.head as WireResponseHead, this.#body.stream);
    }
    const free = this.#body.give(answer);
    if (this.#over) return true; // given up by who was given the bytes
    if (!answer.done) return free;
    this.#complete();
    return true;
  }

  #answer({ status, reason, headers }: WireResponseHead, body: Uint8Array | Readable): void {
    this.#settle.resolve({ status, reason, headers, body, trailers: this.#trailers });
  }

  /** The whole answer was read: the connection carries another one only where no doubt is left about the end of this one. */
  #complete(): void {
    const { pool, idleTimeoutMs } = this.#parts;
    const connection = this.#connection as RuntimeConnection;
    const { answer } = connection;
    if (this.#trailers !== null) this.#trailers.fields = answer.trailers;
    const hintMs = answer.head?.idleTimeoutMs ?? null;
    const idleMs = hintMs === null ? idleTimeoutMs : Math.min(hintMs - keepAliveThresholdMs, idleTimeoutMs);
    const uploaded = this.#upload?.over ?? true;
    this.#finish();
    this.#body?.finish();
    if (uploaded && answer.clean && idleMs > 0 && leavesReusable(this.#request)) {
      connection.rest(idleMs);
      pool.release(connection);
    } else pool.discard(connection);
    if (!uploaded) this.#dropUpload();
  }

  #abort(reason: OutriggerError): void {
    if (this.#over) return;
    if (this.#connection !== null || this.#parts.pool.abandon(this)) this.#fail(reason);
  }

  #fail(failure: OutriggerError): void {
    this.#finish();
    this.#body?.fail(failure);
    if (this.#connection !== null) this.#parts.pool.discard(this.#connection);
    this.#dropUpload();
    if (this.#body === null) this.#settle.reject(failure);
  }

  /** The rest of an upload that nobody waits for. Behind the end of the connection: it may be writing a chunk of it. */
  #dropUpload(): void {
    const { body } = this.#request;
    if (!(body instanceof Uint8Array)) body.destroy();
  }

  #finish(): void {
    this.#over = true;
    clearTimeout(this.#deadline);
    this.#parts.finished(this.#startedAtMs);
  }
}

function asBadAnswer(error: Error): OutriggerError {
  if (error instanceof OutriggerError) return error;
  return new OutriggerError('UPSTREAM_PROTOCOL_ERROR', `the runtime's answer is no valid HTTP: ${error.message}`, {
    cause: error,
  });
}
