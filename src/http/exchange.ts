// The one seam of the request path: what a stage is given, what it gives back, how stages are put together.
import type { Readable } from 'node:stream';
import type { Cancellation } from './cancellation.ts';
import type { Client } from './client.ts';
import type { HeaderBlock } from './header-block.ts';

/** Bytes: small and complete. A stream: large, of unknown length or still coming; it may be read once. */
export type Body = Uint8Array | Readable;

/** Trailer fields arrive after the body: `fields` is set before the body's stream ends, null when there are none. */
export interface Trailers {
  fields: HeaderBlock | null;
}

export interface ProxyRequest {
  /** The client's protocol, which is also the one that the runtime is called with. */
  readonly protocol: 'http1' | 'http2';
  readonly method: string;
  /** Origin-form with its query, percent-encoding as received. */
  readonly path: string;
  /** Host or :authority as received; "" when an HTTP/1.0 client sent none. */
  readonly authority: string;
  /** End-to-end fields only, forwarding headers already appended; without Host and without Content-Length. */
  readonly headers: HeaderBlock;
  readonly body: Body;
  /** Bytes that the head announced; null when unknown (chunked, or HTTP/2 without the field). */
  readonly contentLength: number | null;
  /** Null when no trailers can follow. */
  readonly trailers: Trailers | null;
  /** The client waits for 100 (Continue) before it sends its body (RFC 9110 10.1.1). */
  readonly expectContinue: boolean;
  readonly cancellation: Cancellation;
  /** The connection that it came over. */
  readonly client: Client;
  /** Passes a 1xx answer on to the client; call it before the handler's promise settles. */
  sendInformational(status: number, headers: HeaderBlock): void;
}

/** When the runtime was called and its answer's head was here, by performance.now(): for who inspects exchanges. */
export interface RuntimeCall {
  readonly calledAtMs: number;
  readonly answeredAtMs: number;
}

/** Which call to the runtime an answer came from, when others shared it: for the stages in front of the batcher. */
export interface BatchNote {
  readonly id: string;
  readonly requests: number;
  readonly rows: number;
}

export interface ProxyResponse {
  readonly status: number;
  /** Reason phrase of HTTP/1.1; undefined: the standard one. */
  readonly reason?: string | undefined;
  /** End-to-end fields only; Content-Length kept as sent. */
  readonly headers: HeaderBlock;
  /** A destroyed stream means that the answer broke off: the client must see a broken message too. */
  readonly body: Body;
  readonly trailers: Trailers | null;
  /** Absent: the request had a call of its own. */
  readonly batch?: BatchNote | undefined;
  /** Absent: nobody inspects, or no call was made. */
  readonly call?: RuntimeCall | undefined;
  /** Attribute `id` of the events that tell of the exchange; absent: none does. */
  readonly eventId?: string | undefined;
}

export type Handler = (request: ProxyRequest) => Promise<ProxyResponse>;
export type Middleware = (next: Handler) => Handler;

/** `compose([a, b], last)` runs a, then b, then last. `null` is a stage switched off. */
export function compose(stages: readonly (Middleware | null)[], last: Handler): Handler {
  return stages.reduceRight<Handler>((next, stage) => stage?.(next) ?? next, last);
}
