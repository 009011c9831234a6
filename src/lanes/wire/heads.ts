// What the head parsers of the plain lane find: the same that http/request-head.ts and http/response-head.ts read from node's lists.
import type { HeaderBlock } from '../../http/header-block.ts';

export interface WireRequestHead {
  readonly method: string;
  /** Origin-form with its query, as received. */
  readonly path: string;
  /** Host, as received. */
  readonly authority: string;
  /** End-to-end fields as they go to the runtime, this hop added; without Host and Content-Length. */
  readonly headers: HeaderBlock;
  readonly contentLength: number | null;
  readonly chunked: boolean;
  /** The client wants no further answer on this connection: `Connection: close`. */
  readonly close: boolean;
  /** Of the whole head with its empty line, on the wire. */
  readonly bytes: number;
}

export interface WireResponseHead {
  readonly status: number;
  /** Undefined: the standard phrase (http/response-head.ts, readReason). */
  readonly reason: string | undefined;
  /** End-to-end fields; Content-Length is among them. */
  readonly headers: HeaderBlock;
  readonly contentLength: number | null;
  readonly chunked: boolean;
  /** The connection may carry another exchange behind this answer, if the answer's end is known without the connection's. */
  readonly keepAlive: boolean;
  /** Of `Keep-Alive: timeout=`, milliseconds; null when it says nothing. */
  readonly idleTimeoutMs: number | null;
  readonly bytes: number;
}

/** Not all of the head is there yet. */
export const incomplete = 'incomplete';
/** Not of the plain shape: node:http is the judge. */
export const unusual = 'unusual';
