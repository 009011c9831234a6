// What is logged about one message: a CloudEvent whose attributes are fixed at the moment when it happened.

/** `exchange`: a request and its answer in one event (--log-combined). A metric label, too. */
export type EventKind = 'request' | 'response' | 'exchange';

export const eventKinds: readonly EventKind[] = ['request', 'response', 'exchange'];

/** CloudEvents `type` of each kind; the first two are those of KServe's agent. */
export const eventTypes: Readonly<Record<EventKind, string>> = {
  request: 'org.kubeflow.serving.inference.request',
  response: 'org.kubeflow.serving.inference.response',
  exchange: 'org.kubeflow.serving.inference.exchange',
};

/** Attribute names and texts: [name, value, name, value, …]; names lower case, values as they are, not escaped for any format. */
export type Attributes = readonly string[];

export interface LogEvent {
  readonly kind: EventKind;
  /** What all events of a kind have in common, `specversion`, `type` and `source` included: always the same array. */
  readonly fixed: Attributes;
  /** What this one alone has: `id`, `time`, `recordedtime` and more. */
  readonly attributes: Attributes;
  /** Of the payload, as it was sent; null: it had none. */
  readonly contentType: string | null;
  /** Of the payload, as it was sent, such as `gzip`; null: plain. */
  readonly contentEncoding: string | null;
  /** The payload in pieces. Nobody changes their bytes. */
  readonly data: readonly Uint8Array[];
  readonly dataBytes: number;
}

/** Beside its payload an event has objects, strings and headers. */
const overheadBytes = 1024;

/** What an event counts for in a queue that is bounded by bytes. */
export function sizeOf({ attributes, contentType, contentEncoding, dataBytes }: LogEvent): number {
  let characters = (contentType?.length ?? 0) + (contentEncoding?.length ?? 0);
  for (const text of attributes) characters += text.length;
  return dataBytes + characters + overheadBytes;
}

/** Undefined: it has no such attribute. */
export function attributeOf(
  { fixed, attributes }: Pick<LogEvent, 'fixed' | 'attributes'>,
  name: string,
): string | undefined {
  return find(attributes, name) ?? find(fixed, name);
}

function find(attributes: Attributes, name: string): string | undefined {
  for (let i = 0; i < attributes.length; i += 2) if (attributes[i] === name) return attributes[i + 1];
  return undefined;
}
