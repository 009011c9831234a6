// What a client was told, without what the way alone decides: chunk sizes, framing, keep-alive, the words of our own errors.

export interface ReadAnswer {
  readonly statusLine: string;
  readonly fields: readonly string[]; // without those of framing and of the connection
  readonly body: string; // chunks joined
  readonly trailers: readonly string[];
  /** False: the bytes end before the answer does. */
  readonly whole: boolean;
}

const ofTheWay = /^(connection|keep-alive|content-length|transfer-encoding):/i;
/** Stands for each error of the agent's own, whatever its words. */
export const ownErrorBody = '{"error":...}';

const ownError = /^\{"error":".*"\}$/s;

export interface Told {
  readonly bytes: string;
  /** Behind the last byte the connection was broken off. */
  readonly reset: boolean;
  /** Of the requests that were answered, as far as they are known. */
  readonly methods: readonly string[];
}

/** Interim answers are left out. */
export function readAnswers({ bytes, reset, methods }: Told): ReadAnswer[] {
  const answers: ReadAnswer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { answer, next } = readOne({ bytes, reset, at, method: methods[answers.length] });
    if (!/^HTTP\/1\.1 1\d\d/.test(answer.statusLine)) answers.push(answer);
    at = next;
  }
  return answers;
}

interface Place {
  readonly bytes: string;
  readonly reset: boolean;
  readonly at: number;
  readonly method: string | undefined;
}

function readOne({ bytes, reset, at, method }: Place): { answer: ReadAnswer; next: number } {
  const headEnd = bytes.indexOf('\r\n\r\n', at);
  const [statusLine = '', ...lines] = bytes.slice(at, headEnd < 0 ? bytes.length : headEnd).split('\r\n');
  // Spaces behind a value are none of it (RFC 9112 section 5.1): undici and the lane pass them on, node:http does not.
  const fields = lines.filter((line) => !ofTheWay.test(line)).map((line) => line.replace(/[ \t]+$/, ''));
  const broken = { answer: { statusLine, fields, body: '', trailers: [], whole: false }, next: bytes.length };
  if (headEnd < 0) return broken;
  const bodyAt = headEnd + 4;
  const coded = lines.some((line) => /^transfer-encoding: chunked$/i.test(line));
  const told = lines.find((line) => /^content-length:/i.test(line))?.slice(15);
  if (method === 'HEAD' || /^HTTP\/1\.1 (1\d\d|204|304)/.test(statusLine)) {
    return { answer: { ...broken.answer, whole: true }, next: bodyAt };
  }
  if (coded) return readChunked(bytes, bodyAt, broken.answer);
  if (told === undefined)
    return { answer: { ...broken.answer, body: bytes.slice(bodyAt), whole: !reset }, next: bytes.length };
  const body = bytes.slice(bodyAt, bodyAt + Number(told));
  const words = ownError.test(body) ? ownErrorBody : body;
  return {
    answer: { ...broken.answer, body: words, whole: body.length === Number(told) },
    next: bodyAt + Number(told),
  };
}

function readChunked(bytes: string, from: number, head: ReadAnswer): { answer: ReadAnswer; next: number } {
  let body = '';
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = lineEnd < 0 ? Number.NaN : Number.parseInt(bytes.slice(at, lineEnd), 16);
    if (Number.isNaN(size)) return { answer: { ...head, body }, next: bytes.length };
    if (size === 0) {
      const end = bytes.startsWith('\r\n', lineEnd + 2) ? lineEnd : bytes.indexOf('\r\n\r\n', lineEnd);
      if (end < 0) return { answer: { ...head, body }, next: bytes.length };
      const trailers = bytes
        .slice(lineEnd + 2, Math.max(lineEnd + 2, end))
        .split('\r\n')
        .filter((line) => line !== '')
        .map((line) => line.trimEnd());
      return { answer: { ...head, body, trailers, whole: true }, next: end + 4 };
    }
    body += bytes.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}
