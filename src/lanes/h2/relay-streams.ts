// The streams of one relayed connection as metrics and drain see them: each is one exchange, from its HEADERS to its last frame.
import type { Metrics } from '../../metrics.ts';
import type { Drain, InFlight } from '../../server/drain.ts';

/** Seen when the client left before the answer ended; in metrics only. */
const clientGone = 499;
/** Of a stream that the runtime reset, or whose connection broke. */
const broken = 502;

export interface StreamsParts {
  readonly drain: Drain;
  readonly metrics: Metrics;
}

export class RelayedStream implements InFlight {
  readonly id: number;
  readonly path: string;
  readonly startedAtMs: number;
  requestBytes = 0;
  responseBytes = 0;
  /** Of the answer; 0: it has not begun, or its status was spelled in a way that is not looked into. */
  status = 0;
  answerBegan = false;
  clientEnded = false;
  runtimeEnded = false;

  constructor(id: number, path: string, startedAtMs: number) {
    this.id = id;
    this.path = path;
    this.startedAtMs = startedAtMs;
  }

  describe(): string {
    return `POST ${this.path.split('?', 1)[0]}`;
  }
}

export class RelayStreams {
  readonly #parts: StreamsParts;
  readonly #open = new Map<number, RelayedStream>();
  #nowMs = 0; // of the read that is looked at; 0: nobody asked yet

  constructor(parts: StreamsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#open.size;
  }

  find(id: number): RelayedStream | undefined {
    return this.#open.get(id);
  }

  [Symbol.iterator](): Iterator<RelayedStream> {
    return this.#open.values();
  }

  begin(id: number, path: string): RelayedStream {
    const stream = new RelayedStream(id, path, this.#now());
    this.#open.set(id, stream);
    this.#parts.drain.exchangeBegan(stream, this.#now());
    this.#parts.metrics.inFlight.add(1);
    return stream;
  }

  clientEnded(stream: RelayedStream): void {
    stream.clientEnded = true;
    if (stream.runtimeEnded) this.#end(stream, stream.status);
  }

  runtimeEnded(stream: RelayedStream): void {
    stream.runtimeEnded = true;
    if (stream.clientEnded) this.#end(stream, stream.status);
  }

  resetByClient(id: number): void {
    const stream = this.#open.get(id);
    if (stream !== undefined) this.#end(stream, stream.runtimeEnded ? stream.status : clientGone);
  }

  resetByRuntime(id: number): void {
    const stream = this.#open.get(id);
    if (stream !== undefined) this.#end(stream, stream.runtimeEnded ? stream.status : broken);
  }

  /** Streams with higher ids were not begun, says a GOAWAY: their client tries them again elsewhere. */
  endAbove(lastStreamId: number): void {
    for (const stream of this.#open.values()) if (stream.id > lastStreamId) this.#end(stream, broken);
  }

  /** `status` of those whose answer had not ended. */
  endAll(status: number): void {
    for (const stream of this.#open.values()) this.#end(stream, stream.runtimeEnded ? stream.status : status);
  }

  /** All streams of one read have one time: the clock costs more than the rest of what is kept about a stream. */
  readEnded(): void {
    this.#nowMs = 0;
  }

  clientLeft(): void {
    this.endAll(clientGone);
  }

  #end(stream: RelayedStream, status: number): void {
    const { drain, metrics } = this.#parts;
    this.#open.delete(stream.id);
    const totalMs = this.#now() - stream.startedAtMs;
    const { path, requestBytes, responseBytes } = stream;
    metrics.inFlight.add(-1);
    metrics.upstreamSeconds('grpc').observe(totalMs / 1000);
    metrics.recordExchange({ protocol: 'grpc', method: 'POST', path, status, totalMs, requestBytes, responseBytes });
    drain.exchangeEnded(stream, this.#now());
  }

  #now(): number {
    if (this.#nowMs === 0) this.#nowMs = performance.now();
    return this.#nowMs;
  }
}
