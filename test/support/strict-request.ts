// What exactly did the agent send upstream? A parser of its own that takes HTTP/1.1 requests in their strictest form only.

export interface SentRequest {
  readonly method: string;
  readonly target: string;
  /** [name, value] in wire order, names as sent. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: string; // latin1, chunks joined
  readonly trailers: readonly (readonly [name: string, value: string])[];
  /** False when the bytes end before the message does. */
  readonly complete: boolean;
}

const requestLine = /^([A-Z-]+) (\/[\x21-\x7e\x80-\xff]*|\*) HTTP\/1\.1$/;
const fieldLine =
  /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]?((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)$/;

/** All requests of one connection. @throws on the first byte that no strict recipient would take */
export function readSentRequests(bytes: string): SentRequest[] {
  const requests: SentRequest[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { request, next } = readOne(bytes, at);
    requests.push(request);
    at = next;
  }
  return requests;
}

export function valuesOf(request: SentRequest, name: string): string[] {
  return request.fields.filter(([given]) => given.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

function readOne(bytes: string, at: number): { request: SentRequest; next: number } {
  const headEnd = bytes.indexOf('\r\n\r\n', at);
  if (headEnd < 0) throw new Error(`no end of head in ${JSON.stringify(bytes.slice(at, at + 200))}`);
  const [line = '', ...lines] = bytes.slice(at, headEnd).split('\r\n');
  const [, method, target] = requestLine.exec(line) ?? [];
  if (method === undefined || target === undefined) throw new Error(`request line ${JSON.stringify(line)}`);
  const fields = lines.map(readField);
  const head = { method, target, fields };
  const framing = readFraming(head.fields);
  const bodyAt = headEnd + 4;
  if (framing === 'chunked') {
    const { body, trailers, next } = readChunks(bytes, bodyAt);
    return { request: { ...head, body, trailers, complete: next !== null }, next: next ?? bytes.length };
  }
  const body = bytes.slice(bodyAt, bodyAt + framing);
  return { request: { ...head, body, trailers: [], complete: body.length === framing }, next: bodyAt + framing };
}

function readField(line: string): readonly [string, string] {
  const [, name, value] = fieldLine.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`field line ${JSON.stringify(line)}`);
  return [name, value];
}

/** One Host; one plain Content-Length or one Transfer-Encoding that is `chunked`, never both; no look-alikes of the two. */
function readFraming(fields: readonly (readonly [string, string])[]): number | 'chunked' {
  const all = (wanted: string) => fields.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
  const count = (wanted: string, most: number) => {
    if (all(wanted).length > most) throw new Error(`${all(wanted).length} fields ${wanted}`);
  };
  if (all('host').length !== 1) throw new Error(`${all('host').length} Host fields`);
  count('content-length', 1);
  count('transfer-encoding', 1);
  const [length] = all('content-length');
  const [coding] = all('transfer-encoding');
  const lookAlike = fields.find(([name]) => /^(content[^a-z0-9-]length|transfer[^a-z0-9-]encoding)$/i.test(name));
  if (lookAlike !== undefined) throw new Error(`look-alike ${lookAlike[0]}`);
  if (length !== undefined && coding !== undefined) throw new Error('Content-Length and Transfer-Encoding');
  if (coding !== undefined && coding !== 'chunked') throw new Error(`Transfer-Encoding: ${coding}`);
  if (length !== undefined && !/^(0|[1-9]\d{0,14})$/.test(length)) throw new Error(`Content-Length: ${length}`);
  return coding === undefined ? Number(length ?? 0) : 'chunked';
}

function readChunks(bytes: string, from: number) {
  let body = '';
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return { body, trailers: [], next: null };
    const size = bytes.slice(at, lineEnd);
    if (!/^[0-9a-fA-F]{1,8}$/.test(size)) throw new Error(`chunk size ${JSON.stringify(size)}`);
    const length = Number.parseInt(size, 16);
    if (length === 0) return { body, ...readTrailers(bytes, lineEnd + 2) };
    const end = lineEnd + 2 + length;
    body += bytes.slice(lineEnd + 2, end);
    if (bytes.length < end + 2) return { body, trailers: [], next: null };
    if (bytes.slice(end, end + 2) !== '\r\n') throw new Error('no CRLF behind a chunk');
    at = end + 2;
  }
}

function readTrailers(bytes: string, from: number) {
  const trailers: (readonly [string, string])[] = [];
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return { trailers, next: null };
    if (lineEnd === at) return { trailers, next: at + 2 };
    trailers.push(readField(bytes.slice(at, lineEnd)));
    at = lineEnd + 2;
  }
}
