// Answers as runtimes write them, and as broken or hostile ones would.
import { body, type Chance, chunked, cuts, mutate, recase } from './words.ts';

export interface GeneratedAnswer {
  readonly bytes: string; // latin1
  readonly cuts: readonly number[];
  /** Behind its last byte: the connection stays, ends, or is reset. */
  readonly ending: 'stays' | 'ends' | 'resets';
}

const oddStatusLines = [
  'HTTP/1.1 200',
  'HTTP/1.1 200 ',
  'HTTP/1.1 201 Created',
  'HTTP/1.1 404 Not Found',
  'HTTP/1.1 500 Bad \xe9',
  'HTTP/1.1 204 No Content',
  'HTTP/1.1 304 Not Modified',
  'HTTP/1.0 200 OK',
  'HTTP/1.1 599 \xc3\xa9t\xc3\xa9',
  'HTTP/1.1 999 X',
  'HTTP/2.0 200 OK',
  'HTTP/1.1 20 OK',
  'HTTP/1.1  200 OK',
  'http/1.1 200 OK',
  'HTTP/1.1 101 Switching Protocols',
  'HTTP/1.1 2000 OK',
  'garbage',
];
const fields = [
  'Content-Type: application/json',
  'server: uvicorn',
  'Date: Mon, 01 Jan 2024 00:00:00 GMT',
  'Set-Cookie: a=b',
  'set-cookie: c=d',
  'X-Empty:',
  'X: \t a \t',
  'ETag: "x"',
  'Connection: keep-alive',
  'Keep-Alive: timeout=5',
  'Vary: *',
  'X-Request-Id: 1',
];
const oddFields = [
  'Connection: close',
  'Connection: X-Hop',
  'X-Hop: 1',
  'Trailer: X-Sum',
  'Upgrade: foo',
  'Proxy-Authenticate: x',
  'X : 1',
  ' X: 1',
  'X',
  ': x',
  'X: \0',
  'X: a\r b',
  'X: a\nY: b',
  'X: a\r\n b',
  'Content-Length: 3',
  'Content-Length: 3',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip',
  'Content-Length: x',
  'Transfer_Encoding: chunked',
  'X: \xff',
];
const interim = [
  'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n',
  'HTTP/1.1 102 Processing\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
];

export function generateAnswer(chance: Chance): GeneratedAnswer {
  let bytes = chance.mostly('', interim, 4) + oneAnswer(chance);
  const mutated = chance.in(12);
  if (mutated) bytes = mutate(bytes, chance);
  const followed = chance.in(3);
  if (followed) bytes += chance.one(['x', '\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n']);
  if (chance.in(4)) bytes = bytes.slice(0, chance.below(bytes.length + 1));
  // Bytes behind an answer that come later than it meet an idle connection, or a next request: which of them is a matter of turns.
  const lastCut = mutated || followed ? bytes.indexOf('\r\n\r\n') + 4 : bytes.length;
  const framed = /\r\n(content-length|transfer-encoding):/i.test(bytes);
  return {
    bytes,
    cuts: cuts(bytes.length, chance).filter((cut) => cut < lastCut),
    ending: chance.mostly(framed ? 'stays' : 'ends', ['ends', 'ends', 'resets'], 8),
  };
}

function oneAnswer(chance: Chance): string {
  const statusLine = chance.mostly('HTTP/1.1 200 OK', oddStatusLines, 25);
  const lines: string[] = [];
  for (let left = chance.below(5); left > 0; left--)
    lines.push(chance.mostly(recase(chance.one(fields), chance), oddFields, 8));
  const bodiless = /^HTTP\/1\.\d (1\d\d|204|304)/.test(statusLine);
  const content = bodiless ? '' : body(chance);
  const kind = chance.below(100);
  if (kind < 65)
    lines.push(`${recase('Content-Length', chance)}: ${chance.mostly(content.length, [content.length + 1, 0], 3)}`);
  else if (kind < 90 && !bodiless) lines.push(`${recase('Transfer-Encoding', chance)}: chunked`);
  lines.sort(() => (chance.in(50) ? 1 : -1));
  const framed = kind >= 65 && kind < 90 && !bodiless ? chunked(content, chance) : content;
  return `${statusLine}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n${framed}`;
}
