// The words that smuggling payloads are built from, and what must become of each.

export interface Payload {
  readonly name: string;
  readonly bytes: string; // latin1
  /**
   * refused: answered 4xx or 501 and closed, not one byte upstream. passes: `upstream` requests reach the runtime.
   * refusedLate: the head is sound, so that its request may begin upstream before the body turns out bad.
   */
  readonly fate: 'refused' | 'refusedLate' | 'passes';
  /** Requests that reach the runtime: 0 for refused, at most 1 for refusedLate, 1 for passes unless given. */
  readonly upstream?: number;
}

/** The request that must never arrive, but as somebody's body. */
export const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: evil\r\n\r\n';
const start = 'POST /v2/models/m/infer HTTP/1.1\r\nHost: a\r\n';

/** A POST with these field lines (each without its CRLF) and this body. */
export function post(fields: readonly string[], body = ''): string {
  return `${start}${fields.map((line) => `${line}\r\n`).join('')}\r\n${body}`;
}

export type Rows = readonly (readonly [name: string, bytes: string])[];

export const all = (fate: Payload['fate'], kind: string, rows: Rows, upstream?: number): Payload[] =>
  rows.map(([name, bytes]) => ({
    name: `${kind}: ${name}`,
    bytes,
    fate,
    ...(upstream === undefined ? {} : { upstream }),
  }));

const show = (text: string) => JSON.stringify(text).slice(1, -1).slice(0, 60);
export const each = (values: readonly string[], make: (value: string) => string): Rows =>
  values.map((value) => [show(value), make(value)]);

/** A POST with these bytes as its chunks. */
export const chunk = (bytes: string) => post(['Transfer-Encoding: chunked'], bytes);
