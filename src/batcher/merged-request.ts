// The one request that goes to the runtime for several members: their body, the headers that they share, nobody's own.
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { Cancellation } from '../http/cancellation.ts';
import { Client } from '../http/client.ts';
import type { Body, ProxyRequest } from '../http/exchange.ts';
import { FlatHeaderBlock } from '../http/header-block.ts';
import type { AssembledBody } from './assembled-body.ts';
import { contentType } from './batch-key.ts';
import type { KeyHeaders } from './key-headers.ts';
import type { Member } from './member.ts';

/** Up to here one block costs less than a write for each piece (and can be sent again on a stale connection). */
const joinedBytes = 256 * 1024;

/** Merged calls come from nobody's connection. */
const ownClient = new Client(true);

export interface MergedRequestFacts {
  /** At least two, of one key. */
  readonly members: readonly Member[];
  readonly body: AssembledBody;
  readonly keyHeaders: KeyHeaders;
}

/** Is cancelled when none of its members waits any longer. */
export function mergedRequest({ members, body, keyHeaders }: MergedRequestFacts): ProxyRequest {
  const first = members[0] as Member;
  const { protocol, method, path, authority, headers } = first.request;
  const flat = keyHeaders.forwarded(headers);
  flat.push('Content-Type', contentType(first.request, first.content), 'Accept-Encoding', 'identity');
  if (body.headerBytes !== null) flat.push('Inference-Header-Content-Length', String(body.headerBytes));
  const trace = members.find(({ request }) => request.headers.get('traceparent') !== undefined);
  if (trace !== undefined) flat.push('traceparent', childOf(trace.request.headers.get('traceparent') as string));
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
    cancellation: sharedCancellation(members),
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

function sharedCancellation(members: readonly Member[]): Cancellation {
  const cancellation = new Cancellation();
  let waiting = 0;
  const leave = (): void => {
    waiting -= 1;
    if (waiting === 0) cancellation.cancel();
  };
  for (const member of members) {
    if (member.settled) continue;
    waiting += 1;
    member.onSettled(leave);
  }
  return cancellation;
}

/** The call is a step of the first member's trace (W3C Trace Context 3.2): a new span, since it serves others too. */
function childOf(traceparent: string): string {
  const [version, traceId, , flags] = traceparent.split('-');
  return `${version}-${traceId}-${randomBytes(8).toString('hex')}-${flags ?? '00'}`;
}
