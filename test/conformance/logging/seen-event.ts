// What a consumer makes of a request at its sink: written apart from src/, by the CloudEvents specification alone.
import type { SinkRequest } from './sink.ts';

export interface SeenEvent {
  readonly type: string;
  readonly id: string;
  /** All attributes but datacontenttype, as text. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly data: Buffer;
}

const prefix = 'org.kubeflow.serving.inference.';
/** Today's consumers give them to a JSON parser as they are. */
const jsonHeaders: ReadonlySet<string> = new Set(['ce-metadata', 'ce-annotations']);

export function readEvents({ rawHeaders, body }: SinkRequest): SeenEvent[] {
  const headers = Array.from({ length: rawHeaders.length / 2 }, (_, at) => {
    const [name, value] = rawHeaders.slice(2 * at, 2 * at + 2) as [string, string];
    return [name.toLowerCase(), value] as const;
  });
  const repeated = headers.find(([name], at) => headers.findIndex(([other]) => other === name) !== at);
  if (repeated !== undefined) throw new Error(`the header ${repeated[0]} came twice`);
  const fields = new Map(headers);
  const contentType = fields.get('content-type');
  if (contentType?.startsWith('application/cloudevents-batch+json'))
    return (JSON.parse(String(body)) as object[]).map(fromJson);
  if (contentType?.startsWith('application/cloudevents+json')) return [fromJson(JSON.parse(String(body)) as object)];
  const attributes = headers
    .filter(([name]) => name.startsWith('ce-'))
    .map(([name, value]) => [name.slice('ce-'.length), jsonHeaders.has(name) ? value : decoded(value)] as const);
  return [seen(Object.fromEntries(attributes), contentType, fields.get('content-encoding'), body)];
}

/** CloudEvents HTTP binding 3.1.3.2; what is no escape stays as it is. */
function decoded(value: string): string {
  return value.includes('%') ? decodeURIComponent(value) : value;
}

function fromJson(json: object): SeenEvent {
  const { data, data_base64: base64, datacontenttype, ...rest } = json as Record<string, unknown>;
  const bytes =
    base64 !== undefined
      ? Buffer.from(String(base64), 'base64')
      : data === undefined
        ? Buffer.alloc(0)
        : Buffer.from(typeof data === 'string' && !isJson(datacontenttype) ? data : JSON.stringify(data));
  const attributes = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)]));
  return seen(attributes, datacontenttype as string | undefined, attributes.contentencoding, bytes);
}

function isJson(type: unknown): boolean {
  return typeof type === 'string' && /^application\/json\b|\+json\b/i.test(type);
}

function seen(
  attributes: Readonly<Record<string, string>>,
  contentType: string | undefined,
  contentEncoding: string | undefined,
  data: Buffer,
): SeenEvent {
  const { type = '', id = '' } = attributes;
  return { type: type.replace(prefix, ''), id, attributes, contentType, contentEncoding, data };
}
