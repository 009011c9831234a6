// From an HTTP message to the CloudEvents in it: binary, structured or batched mode (CloudEvents HTTP binding 3).
import type { IncomingHttpHeaders } from 'node:http';
import type { SeenEvent } from './event-page.ts';

type Read = Omit<SeenEvent, 'number'>;

/** Payloads are shown up to here. */
const maxShownBytes = 64 * 1024;

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
  const coding = headers['content-encoding'];
  return { attributes, payload: coding === undefined ? shown(body, contentType) : `${body.length} bytes of ${coding}` };
}

function fromStructured({ data, data_base64: coded, ...rest }: Record<string, unknown>): Read {
  const attributes = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)]));
  if (typeof coded === 'string') {
    return { attributes, payload: shown(Buffer.from(coded, 'base64'), attributes.datacontenttype) };
  }
  return {
    attributes,
    payload: data === undefined ? '' : shown(Buffer.from(JSON.stringify(data)), 'application/json'),
  };
}

/** Percent-encoded, as the binding asks for; what is not stays as it is. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function shown(payload: Buffer, contentType: string | undefined): string {
  const isText = contentType === undefined || /json|text|xml|urlencoded/.test(contentType);
  if (!isText) return `${payload.length} bytes of ${contentType}`;
  const rest = payload.length - maxShownBytes;
  return payload.toString('utf8', 0, maxShownBytes) + (rest > 0 ? ` … and ${rest} bytes more` : '');
}
