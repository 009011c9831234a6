// One exchange while it runs and after: figures, and references to what nobody changes any more. Decoded by who asks.
import type { BatchNote, ProxyRequest, ProxyResponse, RuntimeCall, Trailers } from '../../http/exchange.ts';
import { isGrpc } from '../../http/grpc-content.ts';
import type { HeaderBlock } from '../../http/header-block.ts';
import type { Outcome, TensorHead } from './api.ts';
import { BodyCopy, type Reserve } from './body-copy.ts';
import { type CallTimes, callTimes } from './call-times.ts';
import type { Fields, KeptAnswer, KeptRequest } from './kept-exchange.ts';
import { outcomeOf } from './outcome.ts';

/** What the stage notes of an answer when its head is here. */
export type SeenAnswer = Pick<
  ProxyResponse,
  'status' | 'reason' | 'headers' | 'trailers' | 'batch' | 'call' | 'eventId'
>;

export interface Arrival {
  readonly id: number;
  /** Epoch. */
  readonly atMs: number;
  /** By performance.now(). */
  readonly arrivedMs: number;
  /** Null: its bodies are not kept. */
  readonly reserve: Reserve | null;
}

export class SeenExchange {
  readonly id: number;
  readonly atMs: number;
  readonly arrivedMs: number;
  readonly protocol: 'http1' | 'http2';
  readonly method: string;
  readonly path: string;
  readonly requestCopy: BodyCopy;
  readonly responseCopy: BodyCopy;
  /** Heads of its tensors, decoded once by who lists it; null: not yet. */
  inputs: readonly TensorHead[] | null = null;
  outputs: readonly TensorHead[] | null = null;
  requestOver = false;
  readonly #authority: string;
  readonly #headers: HeaderBlock;
  readonly #contentLength: number | null;
  #answer: SeenAnswer | null = null;
  #outcome: Outcome = 'running';
  #endedMs: number | null = null;
  #kept: boolean;

  constructor(request: ProxyRequest, { id, atMs, arrivedMs, reserve }: Arrival) {
    this.id = id;
    this.atMs = atMs;
    this.arrivedMs = arrivedMs;
    this.protocol = request.protocol;
    this.method = request.method;
    this.path = request.path;
    this.#authority = request.authority;
    this.#headers = request.headers;
    this.#contentLength = request.contentLength;
    this.#kept = reserve !== null;
    this.requestCopy = new BodyCopy(reserve);
    this.responseCopy = new BodyCopy(reserve);
  }

  answered({ status, reason, headers, trailers, batch, call, eventId }: SeenAnswer): void {
    this.#answer = { status, reason, headers, trailers, batch, call, eventId };
  }

  /** `endedMs` by performance.now(). */
  ended({ endedMs, broken, cancelled }: { endedMs: number; broken: boolean; cancelled: boolean }): void {
    const { status, grpcStatus } = this;
    this.#endedMs = endedMs;
    this.#outcome = outcomeOf({ cancelled, status, grpcStatus, broken });
  }

  /** Its bodies make room. Returns how many bytes that is. */
  dropBodies(): number {
    const bytes = this.heldBytes;
    this.#kept = false;
    this.requestCopy.drop();
    this.responseCopy.drop();
    return bytes;
  }

  get kept(): boolean {
    return this.#kept;
  }

  get heldBytes(): number {
    return this.requestCopy.bytes + this.responseCopy.bytes;
  }

  get outcome(): Outcome {
    return this.#outcome;
  }

  /** Null while it runs. */
  get times(): CallTimes | null {
    const { arrivedMs, call } = this;
    return this.#endedMs === null ? null : callTimes({ arrivedMs, endedMs: this.#endedMs, call });
  }

  get status(): number | null {
    return this.#answer?.status ?? null;
  }

  /** Of an answer that is gRPC, from its trailers or from its head. Null: none came (yet). */
  get grpcStatus(): number | null {
    if (this.protocol !== 'http2' || this.#answer === null) return null;
    const { headers, trailers } = this.#answer;
    if (!isGrpc(headers.get('content-type'))) return null;
    const text = trailers?.fields?.get('grpc-status') ?? headers.get('grpc-status');
    return text === undefined || !/^\d{1,3}$/.test(text) ? null : Number(text);
  }

  get batch(): BatchNote | undefined {
    return this.#answer?.batch;
  }

  get call(): RuntimeCall | undefined {
    return this.#answer?.call;
  }

  get eventId(): string | undefined {
    return this.#answer?.eventId;
  }

  get request(): KeptRequest {
    const length = this.#contentLength;
    const announced: Fields = length === null ? [] : [['Content-Length', String(length)]];
    return {
      protocol: this.protocol,
      method: this.method,
      path: this.path,
      authority: this.#authority,
      headers: [...this.#headers, ...announced],
      body: this.requestCopy.body,
    };
  }

  /** Null: none came (yet). */
  get answer(): KeptAnswer | null {
    if (this.#answer === null) return null;
    const { status, reason = '', headers, trailers } = this.#answer;
    return { status, reason, headers: [...headers], trailers: fieldsOf(trailers), body: this.responseCopy.body };
  }
}

function fieldsOf(trailers: Trailers | null): Fields {
  return [...(trailers?.fields ?? [])];
}
