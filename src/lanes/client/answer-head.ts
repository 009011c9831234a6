// What does the head of an answer say on an HTTP/1.1 connection? Field for field what node:http writes (_http_outgoing.js, _storeHeader).
import { STATUS_CODES, validateHeaderName, validateHeaderValue } from 'node:http';
import { OutriggerError } from '../../errors.ts';
import type { ProxyResponse } from '../../http/exchange.ts';
import { FlatHeaderBlock, type HeaderBlock } from '../../http/header-block.ts';
import { withoutFields } from '../../http/hop-by-hop.ts';
import { WireFields } from '../wire/wire-fields.ts';

/** Why no request may follow on the connection; null: one may. */
export type Closing = 'client' | 'agent' | null;

export interface AnswerFacts {
  readonly method: string;
  readonly closing: Closing;
  /** As keepAliveFields() makes them. */
  readonly keepAlive: string;
}

export interface AnswerHead {
  readonly line: string;
  readonly fields: HeaderBlock;
  /** The lines that this hop adds, and the empty one. */
  readonly tail: string;
  /** Of all three on the wire. */
  readonly bytes: number;
  /** False: not one byte of a body may follow. */
  readonly hasBody: boolean;
  readonly chunked: boolean;
  /** That the body has by its head; null: unknown, or no body follows. */
  readonly contentLength: number | null;
}

const close = 'Connection: close\r\n';
/** What node:http writes of a reason phrase; everything else it refuses. */
const reasonSyntax = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The lines that offer another request; 0: no time is named. */
export function keepAliveFields(timeoutMs: number): string {
  const offer = 'Connection: keep-alive\r\n';
  return timeoutMs === 0 ? offer : `${offer}Keep-Alive: timeout=${Math.floor(timeoutMs / 1000)}\r\n`;
}

/** @throws OutriggerError UPSTREAM_PROTOCOL_ERROR for a head that no client could read in one way only */
export function planHead(response: ProxyResponse, { method, closing, keepAlive }: AnswerFacts): AnswerHead {
  const { status, headers, body } = response;
  const line = statusLine(status, response.reason);
  if (!(headers instanceof WireFields)) checkFields(headers);
  const bodiless = method === 'HEAD' || status === 204 || status === 304;
  const hasBody = !bodiless && status >= 200;
  const length = headers.get('content-length');
  const complete = body instanceof Uint8Array && !response.trailers?.fields;
  const added = complete && !bodiless && length === undefined ? `Content-Length: ${body.length}\r\n` : '';
  const chunked = hasBody && length === undefined && added === '';
  const connection = closing === null ? keepAlive : close;
  // A close of the agent's own is one field more of the answer to node, that of the client its own business behind them.
  const lines = closing === 'agent' ? connection + added : added + connection;
  const tail = `${lines}${chunked ? 'Transfer-Encoding: chunked\r\n' : ''}\r\n`;
  const fields = chunked ? headers : withoutTrailerField(headers);
  return {
    line,
    fields,
    tail,
    bytes: line.length + fields.wireBytes + tail.length,
    hasBody,
    chunked,
    contentLength: hasBody && length !== undefined ? Number(length) : null,
  };
}

/** Writes the head from `at` on, where `head.bytes` must have room; returns where it ends. */
export function copyHead(head: AnswerHead, target: Buffer, at: number): number {
  let end = at + target.write(head.line, at, 'latin1');
  end = head.fields.copyTo(target, end);
  return end + target.write(head.tail, end, 'latin1');
}

function statusLine(status: number, given: string | undefined): string {
  const reason = given ?? STATUS_CODES[status] ?? 'unknown';
  if (!(status >= 100 && status <= 999) || !reasonSyntax.test(reason)) throw unwritable();
  return `HTTP/1.1 ${status} ${reason}\r\n`;
}

/** Fields that were bytes of the runtime are checked already. @throws OutriggerError UPSTREAM_PROTOCOL_ERROR */
export function checkFields(fields: HeaderBlock): void {
  const flat = fields.write([]);
  try {
    for (let i = 0; i < flat.length; i += 2) {
      validateHeaderName(flat[i] as string);
      validateHeaderValue(flat[i] as string, flat[i + 1] as string);
    }
  } catch (cause) {
    throw unwritable(cause);
  }
}

/** Without chunks no trailer can follow, so none is announced: HEAD, a length. */
function withoutTrailerField(fields: HeaderBlock): HeaderBlock {
  return fields.get('trailer') === undefined
    ? fields
    : new FlatHeaderBlock(withoutFields(fields.write([]), ['trailer']));
}

function unwritable(cause?: unknown): OutriggerError {
  return new OutriggerError('UPSTREAM_PROTOCOL_ERROR', "the runtime's head cannot be written", { cause });
}
