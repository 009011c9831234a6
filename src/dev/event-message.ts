// From an HTTP message to the CloudEvents in it: binary, structured or batched mode (CloudEvents HTTP binding 3).
import type { IncomingHttpHeaders } from 'node:http';
import type { SeenEvent } from './event-shelf.ts';

type Read = Pick<SeenEvent, 'attributes' | 'data'>;

/** @throws SyntaxError: JSON was announced, and it is none */
export function readEvents(headers: IncomingHttpHeaders, body: Buffer): readonly Read[] {
  const type = headers['content-type'] ?? '';
  if (type.startsWith('application/cloudevents-batch+json')) {
    return (JSON.parse(body.toString()) as Record<string, unknown>[]).map(fromStructured);
  }
  if (type.startsWith('application/cloudevents+json')) {
    return [fromStructured(JSON.parse(body.toString()) as Record<string, unknown>)];
  }
  return [fromBinary(headers, body)];
}

function fromBinary(headers: IncomingHttpHeaders, body: Buffer): Read {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('ce-')) attributes[name.slice(3)] = decoded(String(value));
  }
  const contentType = headers['content-type'];
  if (contentType !== undefined) attributes.datacontenttype = contentType;
  // Of the message that is the event, which is how the others name it.
  const coding = headers['content-encoding'];
  if (coding !== undefined) attributes.contentencoding = coding;
  return { attributes, data: body };
}

function fromStructured({ data, data_base64: coded, ...rest }: Record<string, unknown>): Read {
  const attributes = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)]));
  if (typeof coded === 'string') return { attributes, data: Buffer.from(coded, 'base64') };
  return { attributes, data: Buffer.from(data === undefined ? '' : JSON.stringify(data)) };
}

/** Percent-encoded, as the binding asks for; what is not stays as it is. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
