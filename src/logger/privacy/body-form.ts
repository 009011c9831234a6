// In which form a body holds what rules speak of, told from its head; whether it really does is seen when it is read.

export interface SentAs {
  readonly contentType: string | null;
  /** Inference-Header-Content-Length: JSON with binary tensors behind it. */
  readonly headerLength: string | null;
}

/** `perhaps_json`: its type says nothing, and it is JSON when it begins like an object or an array. */
export type BodyForm = 'json' | 'perhaps_json' | 'binary' | 'event_stream';

const json = /^(?:(?:application|text)\/json|.+\+json|application\/(?:x-)?(?:ndjson|jsonlines|jsonl))$/;
/** Clients of V2 send JSON as any of these: aiohttp as a stream of bytes, `curl -d` as a form, others as nothing. */
const saysNothing = new Set(['', 'application/octet-stream', 'application/x-www-form-urlencoded']);
const asciiOrUtf8 = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

/** Null: of no form that can be read, such as gRPC, multipart, text, or characters in another encoding than UTF-8. */
export function formOf({ contentType, headerLength }: SentAs): BodyForm | null {
  if (headerLength !== null) return 'binary';
  const value = (contentType ?? '').toLowerCase();
  const semicolon = value.indexOf(';');
  const type = (semicolon === -1 ? value : value.slice(0, semicolon)).trim();
  const charset = semicolon === -1 ? undefined : /;\s*charset\s*=\s*"?([^\s";]*)/.exec(value)?.[1];
  if (charset !== undefined && !asciiOrUtf8.has(charset)) return null;
  if (saysNothing.has(type)) return 'perhaps_json';
  if (type === 'text/event-stream') return 'event_stream';
  return json.test(type) ? 'json' : null;
}
