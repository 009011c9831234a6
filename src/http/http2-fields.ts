// Between a header block and node:http2's field objects, which is the form that every supported Node takes and gives.
import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { FlatHeaderBlock, type HeaderBlock } from './header-block.ts';

/** Puts the block's fields into `into`, names in lower case, duplicates as a list in their order. */
export function toHttp2Fields(block: HeaderBlock, into: OutgoingHttpHeaders): OutgoingHttpHeaders {
  for (const [name, value] of block) {
    const lower = name.toLowerCase();
    const known = into[lower];
    if (known === undefined) into[lower] = value;
    else if (Array.isArray(known)) known.push(value);
    else into[lower] = [known as string, value];
  }
  return into;
}

/** node's raw list [name, value, …] without pseudo fields. */
export function withoutPseudoFields(raw: readonly string[]): string[] {
  const flat: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (name.charCodeAt(0) !== 58) flat.push(name, raw[i + 1] as string);
  }
  return flat;
}

/** Trailers as node gives them; their order is kept, duplicates are lists. */
export function fromHttp2Trailers(fields: IncomingHttpHeaders): HeaderBlock {
  const flat: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) flat.push(name, one);
  }
  return new FlatHeaderBlock(flat);
}

/** gRPC is told by its content type: application/grpc, application/grpc+proto, … (gRPC over HTTP/2, section Requests). */
export function isGrpc(contentType: string | undefined): boolean {
  return contentType?.startsWith('application/grpc') ?? false;
}

export function endsStream(flags: number): boolean {
  return (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
}
