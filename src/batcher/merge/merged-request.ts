// The one request that goes to the runtime for several members: their body, the headers that they share, nobody's own.
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Cancellation } from '../../http/cancellation.ts';
import { Client } from '../../http/client.ts';
import type { Body, ProxyRequest } from '../../http/exchange.ts';
import { FlatHeaderBlock } from '../../http/header-block.ts';
import { contentType } from '../batch-key.ts';
import type { KeyHeaders } from '../key-headers.ts';
import type { Member } from '../member.ts';
import type { AssembledBody } from './assembled-body.ts';

/** Up to here one block costs less than a write for each piece (and can be sent again on a stale connection). */
const joinedBytes = 256 * 1024;

/** Merged calls come from nobody's connection. */
const ownClient = new Client(true);

export interface MergedRequestFacts {
  /** At least two, of one key. */
  readonly members: readonly Member[];
  readonly body: AssembledBody;
  readonly keyHeaders: KeyHeaders;
  /** Of the call, not of one member. */
  readonly cancellation: Cancellation;
}

/** Whoever is behind the batcher reads the body until its answer is complete, and keeps nothing of it: its memory is used again then. */
export function mergedRequest({ members, body, keyHeaders, cancellation }: MergedRequestFacts): ProxyRequest {
  const first = members[0] as Member;
  const { protocol, method, path, authority, headers } = first.request;
  const flat = keyHeaders.forwarded(headers);
  flat.push('Content-Type', contentType(first.request, first.content), 'Accept-Encoding', 'identity');
  if (body.headerBytes !== null) flat.push('Inference-Header-Content-Length', String(body.headerBytes));
  const traceparent = childOfFirst(members);
  if (traceparent !== null) flat.push('traceparent', traceparent);
  return {
    protocol,
    method,
    path,
    authority,
    headers: new FlatHeaderBlock(flat),
    body: joined(body),
    contentLength: body.bytes,
    trailers: null,
    expectContinue: false,
    cancellation,
    client: ownClient,
    sendInformational: () => undefined, // whose would it be?
  };
}

/** One block when that is cheap, else its pieces one after the other, never copied. */
export function joined({ parts, bytes }: AssembledBody): Body {
  if (parts.length === 1) return parts[0] as Uint8Array;
  if (bytes <= joinedBytes) return Buffer.concat(parts, bytes);
  let next = 0;
  return new Readable({
    read() {
      while (next < parts.length) if (!this.push(parts[next++])) return;
      this.push(null);
    },
  });
}

/** W3C Trace Context 3.2.2 and 4.3: of a later version what is known of it; ids of zeros only are none. */
const traceparentForm = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?:$|-)/;

/** The call is a step of the first trace that a member belongs to: a new span, since it serves others too. Null: of none. */
function childOfFirst(members: readonly Member[]): string | null {
  for (const { request } of members) {
    const traceparent = request.headers.get('traceparent');
    const match = traceparent === undefined ? null : traceparentForm.exec(traceparent);
    if (match !== null) return `00-${match[1]}-${randomBytes(8).toString('hex')}-${match[2]}`;
  }
  return null;
}
