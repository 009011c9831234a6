// Between a header block and the field lists of node:http2: raw arrays where the running Node takes them, else objects.
import { constants, type OutgoingHttpHeaders } from 'node:http2';
import { FlatHeaderBlock, type HeaderBlock } from './header-block.ts';

/** Either form goes to `request`, `respond` and `additionalHeaders`; the types of node know the first one only. */
export type Http2Fields = OutgoingHttpHeaders;

/** `request` and `respond` take [name, value, …] there, which keeps the wire order and builds no object. */
const takesRawLists = isRawListVersion(process.versions.node);

/** The pseudo fields, then the block's fields, duplicates kept; names in lower case (RFC 9113 8.2). */
export function toHttp2Fields(pseudo: readonly string[], block: HeaderBlock): Http2Fields {
  const raw = block.write([...pseudo]);
  if (!takesRawLists) return toFieldObject(raw);
  return raw as unknown as Http2Fields; // node puts the names into lower case
}

/** Trailers go to node as an object; duplicates of a name are a list in their order. */
export function toHttp2Trailers(block: HeaderBlock): OutgoingHttpHeaders {
  return toFieldObject(block.write([]));
}

function toFieldObject(raw: readonly string[]): OutgoingHttpHeaders {
  const into: OutgoingHttpHeaders = {};
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase();
    const value = raw[i + 1] as string;
    const known = into[name];
    if (known === undefined) into[name] = value;
    else if (Array.isArray(known)) known.push(value);
    else into[name] = [known as string, value];
  }
  return into;
}

/** node's raw list [name, value, …] as a block, without pseudo fields. */
export function fromHttp2Fields(raw: readonly string[]): HeaderBlock {
  return new FlatHeaderBlock(withoutPseudoFields(raw));
}

export function withoutPseudoFields(raw: readonly string[]): string[] {
  const flat: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (name.charCodeAt(0) !== 58) flat.push(name, raw[i + 1] as string);
  }
  return flat;
}

export function endsStream(flags: number): boolean {
  return (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
}

function isRawListVersion(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 22 ? minor >= 23 : major > 24 || (major === 24 && minor >= 7);
}
