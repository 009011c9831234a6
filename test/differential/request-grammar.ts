// Requests as clients write them, as proxies pass them on, and as attackers would: one to three on a connection.
import { body, type Chance, chunked, cuts, mutate, recase } from './words.ts';

export interface GeneratedRequests {
  readonly bytes: string; // latin1
  readonly cuts: readonly number[];
}

const oddMethods = [
  'GET',
  'GET',
  'HEAD',
  'HEAD',
  'PUT',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'TRACE',
  'post',
  'POSTX',
  'PROPFIND',
  'M-SEARCH',
  '',
];
const oddTargets = [
  '/',
  '/v2/health/ready?x=1&y=%20',
  '/a%2Fb/%zz',
  '//x',
  'http://h/x',
  'HTTP://H',
  '*',
  '/a#b',
  '/a b',
  '/\xe9',
  '',
  'x',
  '/a\tb',
  'https://h/',
];
const oddVersions = ['HTTP/1.0', 'HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'http/1.1', 'HTTP/1.1 ', 'HTTP/01.1', ''];
const oddHosts = ['h:80', '[::1]:80', 'a b', 'a/b', '', 'u@h', 'h, h', '\xe9'];
const fields = [
  'Accept: */*',
  'Content-Type: application/json',
  'User-Agent: curl/8',
  'X-Empty:',
  'X-Spaces:  \t a \t ',
  'Cookie: a=b; c=d',
  'X-Forwarded-For: 10.0.0.1',
  'X-Forwarded-For: 1.2.3.4, ::1',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Host: a.b',
  'Forwarded: for=1.2.3.4',
  'traceparent: 00-1-2-01',
  'X-Request-Id: 7',
  'X: \xe9\xff',
  'Authorization: Basic eA==',
];
const oddFields = [
  'Connection: keep-alive',
  'Connection: close',
  'connection: Keep-Alive, X-Empty',
  'Connection: X-Hop',
  'X-Hop: 1',
  'Keep-Alive: timeout=5',
  'Proxy-Connection: x',
  'TE: trailers',
  'Trailer: X-Sum',
  'Upgrade: h2c',
  'Upgrade: foo',
  'X_Forwarded_For: 6.6.6.6',
  'Proxy-Authorization: x',
  'Transfer_Encoding: chunked',
  'Content.Length: 4',
  'Content-Encoding: gzip',
  'Content-Encoding: chunked',
  'X : 1',
  ' X: 1',
  'X',
  ': x',
  'X\x0bY: 1',
  'X: \0',
  'X: a\r b',
  'X: a\r\n b',
  'X: a\nY: b',
  'Host: h',
  'Content-Length: 3',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip',
  'K-Network-Probe: probe',
  'HTTP2-Settings: AAMAAABk',
];
const oddLengths = (length: number) => [
  `+${length}`,
  `0${length}`,
  `${length},${length}`,
  `0x${length}`,
  `${length} x`,
  '-1',
  '',
  '99999999999999999999',
  `${length + 1}`,
];

export function generateRequests(chance: Chance): GeneratedRequests {
  const count = chance.mostly(1, [2, 2, 3], 30);
  let bytes = '';
  for (let i = 0; i < count; i++) bytes += oneRequest(chance);
  if (chance.in(25)) bytes = mutate(bytes, chance);
  return { bytes, cuts: cuts(bytes.length, chance) };
}

function oneRequest(chance: Chance): string {
  const method = chance.mostly('POST', oddMethods, 40);
  const target = chance.mostly('/v2/models/m/infer', oddTargets, 20);
  const version = chance.mostly('HTTP/1.1', oddVersions, 6);
  const lines = [
    `${recase('Host', chance)}:${chance.mostly(' ', ['', '\t', '  '], 5)}${chance.mostly('h', oddHosts, 6)}`,
  ];
  if (chance.in(2)) lines.pop();
  for (let left = chance.below(5); left > 0; left--)
    lines.push(chance.mostly(recase(chance.one(fields), chance), oddFields, 12));
  const content = method === 'POST' || chance.in(20) ? body(chance) : null;
  const framed = content === null ? '' : frame(content, lines, chance);
  lines.sort(() => (chance.in(50) ? 1 : -1));
  const before = chance.mostly('', ['\r\n', '\n', ' '], 2);
  return `${before}${method} ${target} ${version}\r\n${lines.join('\r\n')}\r\n\r\n${framed}`;
}

/** Adds the fields that frame `content`, and gives it as it stands on the wire. */
function frame(content: string, lines: string[], chance: Chance): string {
  const name = recase('Content-Length', chance);
  const kind = chance.below(100);
  if (kind < 65) lines.push(`${name}: ${content.length}`);
  else if (kind < 70) lines.push(`${name}: ${chance.one(oddLengths(content.length))}`);
  else if (kind < 72)
    lines.push(`${name}: ${content.length}`, `Content-Length: ${chance.mostly(content.length, [0, 1], 50)}`);
  if (kind < 72) return content;
  const coding = chance.mostly(
    'chunked',
    ['Chunked', 'CHUNKED', 'chunked ', 'gzip, chunked', 'chunked, chunked', '"chunked"', 'identity'],
    10,
  );
  lines.push(`${recase('Transfer-Encoding', chance)}: ${coding}`);
  if (chance.in(4)) lines.push(`${name}: ${content.length}`);
  return chunked(content, chance);
}
