// The messages that are cut: every framing that a lane knows, small and large, whole in one read and in pieces.
import { Identity } from './identity.ts';

export interface Message {
  readonly bytes: Buffer;
  /** Of its head and framing: every byte up to here is a place to die at, and some behind it. */
  readonly everyByteTo: number;
}

interface Shape {
  readonly name: string;
  /** As long for each id. */
  make(id: number): Message;
}

export interface RequestShape extends Shape {
  readonly method: string;
  readonly bodyBytes: number;
}

export interface AnswerShape extends Shape {
  /** Of the request that is answered so. */
  readonly method: string;
  readonly status: number;
  readonly bodyBytes: number;
  readonly trailers: string;
  readonly interims: number;
  /** In one write, or in pieces that the lane reads one by one. */
  readonly inPieces: boolean;
  readonly endsWithConnection: boolean;
}

const smallBytes = 40;
/** Of a longer body these first bytes; further places in it are drawn. */
const longFrom = 1000;
const firstOfBody = 24;

function message(head: string, body: Buffer, tail = ''): Message {
  const bytes = Buffer.concat([Buffer.from(head, 'latin1'), body, Buffer.from(tail, 'latin1')]);
  return { bytes, everyByteTo: body.length < longFrom ? bytes.length : head.length + firstOfBody };
}

/** In chunks of two sizes. */
function chunks(body: Buffer): Buffer {
  const cut = Math.ceil(body.length / 3);
  const pieces = [body.subarray(0, cut), body.subarray(cut)];
  return Buffer.concat(
    pieces.flatMap((piece) => [Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]),
  );
}

const fields = 'Content-Type: application/json\r\nX-Of-Case: 1\r\n';

/** Each case asks for a path of its own: `/case/ID`. */
function requestHead(method: string, id: number, more: string): string {
  const path = `/case/${String(id).padStart(9, '0')}`;
  return `${method} ${path} HTTP/1.1\r\nHost: kill.test\r\n${fields}${more}\r\n`;
}

function lengthRequest(name: string, bodyBytes: number): RequestShape {
  return {
    ...{ name, method: 'POST', bodyBytes },
    make: (id) =>
      message(requestHead('POST', id, `Content-Length: ${bodyBytes}\r\n`), new Identity(id).body(bodyBytes)),
  };
}

function chunkedRequest(name: string, bodyBytes: number, trailers: string): RequestShape {
  return {
    ...{ name, method: 'POST', bodyBytes },
    make(id) {
      const body = chunks(new Identity(id).body(bodyBytes));
      return message(requestHead('POST', id, 'Transfer-Encoding: chunked\r\n'), body, `0\r\n${trailers}\r\n`);
    },
  };
}

export const bodylessRequest = (method: string): RequestShape => ({
  ...{ name: method, method, bodyBytes: 0 },
  make: (id) => message(requestHead(method, id, ''), Buffer.alloc(0)),
});
export const smallRequest = lengthRequest('small POST', smallBytes);

export const requestShapes: readonly RequestShape[] = [
  bodylessRequest('GET'),
  smallRequest,
  lengthRequest('60 KB POST', 60_000),
  lengthRequest('100 KB POST', 100_000),
  lengthRequest('3 MB POST', 3_000_000),
  chunkedRequest('chunked POST', smallBytes, ''),
  chunkedRequest('chunked POST with trailers', smallBytes, 'X-Sum: 1\r\n'),
  chunkedRequest('300 KB chunked POST', 300_000, ''),
];

const plain = { method: 'POST', status: 200, trailers: '', interims: 0, inPieces: false, endsWithConnection: false };

function answerHead(status: string, more: string): string {
  return `HTTP/1.1 ${status}\r\n${fields}${more}\r\n`;
}

function lengthAnswer(name: string, bodyBytes: number, given: Partial<AnswerShape> = {}): AnswerShape {
  const shape = { ...plain, name, bodyBytes, ...given };
  const interims = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(shape.interims);
  const head = interims + answerHead('200 OK', `Content-Length: ${bodyBytes}\r\n`);
  return { ...shape, make: (id) => message(head, new Identity(id).body(bodyBytes)) };
}

function chunkedAnswer(name: string, bodyBytes: number, given: Partial<AnswerShape> = {}): AnswerShape {
  const shape = { ...plain, name, bodyBytes, ...given };
  const head = answerHead('200 OK', 'Transfer-Encoding: chunked\r\n');
  const tail = `0\r\n${shape.trailers}\r\n`;
  return { ...shape, make: (id) => message(head, chunks(new Identity(id).body(bodyBytes)), tail) };
}

function bodylessAnswer(status: string, method: string, more = ''): AnswerShape {
  const shape = { ...plain, name: `${method} ${status}`, method, status: Number.parseInt(status, 10), bodyBytes: 0 };
  return { ...shape, make: () => message(answerHead(status, more), Buffer.alloc(0)) };
}

function closeAnswer(name: string, bodyBytes: number): AnswerShape {
  const shape = { ...plain, name, bodyBytes, endsWithConnection: true };
  return { ...shape, make: (id) => message(answerHead('200 OK', ''), new Identity(id).body(bodyBytes)) };
}

const trailers = 'X-Sum: 1\r\nX-More: 2\r\n';
export const answerShapes: readonly AnswerShape[] = [
  lengthAnswer('small', smallBytes),
  lengthAnswer('small in pieces', smallBytes, { inPieces: true }),
  lengthAnswer('100 KB', 100_000),
  lengthAnswer('3 MB', 3_000_000),
  chunkedAnswer('chunked in one read', smallBytes),
  chunkedAnswer('chunked in pieces, with trailers', smallBytes, { inPieces: true, trailers }),
  chunkedAnswer('chunked in one read, with trailers', smallBytes, { trailers }),
  chunkedAnswer('3 MB chunked', 3_000_000),
  bodylessAnswer('200 OK', 'HEAD', 'Content-Length: 4000\r\n'),
  bodylessAnswer('204 No Content', 'POST'),
  bodylessAnswer('304 Not Modified', 'GET', 'ETag: "1"\r\n'),
  lengthAnswer('behind two of 1xx', smallBytes, { interims: 2 }),
  lengthAnswer('behind 1xx, in pieces', smallBytes, { interims: 1, inPieces: true }),
  closeAnswer('to the end of the connection', smallBytes),
  closeAnswer('200 KB to the end of the connection', 200_000),
];
/** A client may leave in the middle of these. */
export const longAnswerShapes = answerShapes.filter(({ bodyBytes }) => bodyBytes >= 100_000);
