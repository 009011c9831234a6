// What others read in a POST of ours: the official SDK decodes it, as a consumer would.
import { type CloudEventV1, HTTP } from 'cloudevents';
import type { EncodedEvents } from '../../src/logger/delivery/delivery.ts';

export interface ReadEvent {
  /** Names and texts, those of the context included; `datacontenttype` as the SDK found it. */
  readonly attributes: Readonly<Record<string, string>>;
  /** A value where the event says JSON, else bytes; undefined: none. */
  readonly data: unknown;
}

/** Of binary mode; the SDK leaves header values as they are, so the binding's percent signs are decoded here (3.1.3.2). */
export function readBinary({ headers, body }: EncodedEvents): ReadEvent {
  const bytes = Buffer.concat(body);
  const lines = headerLines(headers);
  const type = lines['content-type'];
  const read = HTTP.toEvent({
    headers: lines,
    body: bytes.length === 0 ? undefined : type?.includes('json') ? bytes.toString() : bytes,
  });
  const { attributes, data } = readEvent(read as CloudEventV1<unknown>);
  const decoded = Object.entries(attributes).map(([name, text]) => [
    name,
    name === 'metadata' || name === 'datacontenttype' ? text : decodeURIComponent(text),
  ]);
  return { attributes: Object.fromEntries(decoded), data };
}

/** Of structured or batched mode. */
export function readJson({ headers, body }: EncodedEvents): ReadEvent[] {
  const read = HTTP.toEvent({ headers: headerLines(headers), body: Buffer.concat(body).toString() });
  return (Array.isArray(read) ? read : [read]).map((event) => readEvent(event as CloudEventV1<unknown>));
}

/** Each line by its name. @throws when a line is no header field of printable ASCII, or a name comes twice. */
export function headerLines(headers: string): Record<string, string> {
  const lines = headers.split('\r\n');
  if (lines.pop() !== '') throw new Error('the last line has no end');
  const read: Record<string, string> = {};
  for (const line of lines) {
    const { name, value } = /^(?<name>[a-z0-9-]+): (?<value>[ -~]*)$/.exec(line)?.groups ?? {};
    if (name === undefined || value === undefined || name in read) throw new Error(`not a header: ${line}`);
    read[name] = value;
  }
  return read;
}

function readEvent(event: CloudEventV1<unknown>): ReadEvent {
  const { data, data_base64: _, ...attributes } = event;
  const present = Object.entries(attributes).filter(([, value]) => value !== undefined);
  const bytes = ArrayBuffer.isView(data) ? Buffer.from(data as Uint8Array) : undefined; // one element a byte, whatever the array
  return { attributes: Object.fromEntries(present) as Record<string, string>, data: bytes ?? data };
}
