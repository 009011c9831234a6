// Request heads of a small grammar, most of them good, with faults mixed in: inputs for whoever reads heads.

export interface MadeHead {
  readonly text: string; // latin1, with its empty line
  /** Nothing in it is wrong or rare: the plain lane must take it. */
  readonly plain: boolean;
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const targets = [
  '/',
  '/v2/models/m/infer',
  '/v1/models/a:predict?x=1&y=%20',
  '//a',
  '/a"<>^`{|}',
  '/?',
  `/${'p'.repeat(60)}`,
];
const values = ['1', 'a, b', '', 'text/plain; q="x"', '\xe9\xff', '*/*', 'a\tb', "!#$%&'()"];
const ordinary = [
  'Accept',
  'X-Request-Id',
  'content-type',
  'Forwarded',
  'X-Forwarded-Host',
  'x-forwarded-proto',
  'a!b',
  '_',
];
const dropped = ['Keep-Alive', 'Proxy-Authorization', 'x_forwarded-for', 'X-Forwarded-For', 'keep_alive'];
const framings = [
  '',
  'Content-Length: 0',
  'content-length: 012',
  'Transfer-Encoding: chunked',
  'TRANSFER-encoding: Chunked',
];
const connections = ['', 'Connection: keep-alive', 'connection: CLOSE', 'CONNECTION: Keep-Alive'];
const spacings = [': ', ': ', ': ', ':', ':\t', ': \t '];
const oddLines = [
  ...['Host: b', 'Host:', 'Host: a b', 'Host: u@h', 'Content-Length: 1', 'Content-Length: +1', 'Content-Length: 1, 1'],
  ...[
    'Content-Length: 1234567890123456',
    'Content-Length:',
    'Content-Length: 0x1',
    'Content-Length: 5 ',
    'Content_Length: 1',
  ],
  ...[
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding:chunked\t',
    'Transfer.Encoding: x',
  ],
  ...['TE: trailers', 'Trailer: x', 'Expect: 100-continue', 'Upgrade: h2c', 'Upgrade: websocket', 'HTTP2-Settings: AA'],
  ...[
    'Connection: x',
    'Connection: close, keep-alive',
    'Connection: upgrade',
    'Proxy-Connection: close',
    'Connection: close',
  ],
  ...[
    'Content-Encoding: Chunked',
    'User-Agent: kube-probe/1.30',
    'User-Agent: Knative-Activator-Probe',
    'K-Network-Probe: x',
  ],
  ...[
    'X Y: 1',
    'X : 1',
    ' folded',
    '\tfolded',
    ': 1',
    'X',
    'X\xe9: 1',
    'X: a\0b',
    'X: a\x7f',
    'X: a\rb',
    'X: a\nY: b',
    'X: 1\r',
  ],
];
const oddStarts = [
  ...[
    'GET /a#b HTTP/1.1',
    'GET * HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    'GET http://a/ HTTP/1.1',
    'GET / HTTP/1.0',
    'GET / HTTP/1.1 ',
  ],
  ...[
    'GET  / HTTP/1.1',
    'get / HTTP/1.1',
    'TRACE / HTTP/1.1',
    'CONNECT a:1 HTTP/1.1',
    'QUERY / HTTP/1.1',
    'GET /\xe9 HTTP/1.1',
  ],
  ...[
    'GET / http/1.1',
    'GET /',
    'GETS / HTTP/1.1',
    '\r\nGET / HTTP/1.1',
    'GET /a b HTTP/1.1',
    ' GET / HTTP/1.1',
    'PRI * HTTP/2.0',
  ],
];

/** `random` gives numbers from 0 to below 1. */
export function makeHead(random: () => number): MadeHead {
  const below = (count: number): number => Math.floor(random() * count);
  const one = (of: readonly string[]): string => of[below(of.length)] as string;
  const lines = Array.from({ length: below(6) }, () => {
    const name = one(random() < 0.7 ? ordinary : dropped);
    return `${random() < 0.3 ? name.toUpperCase() : name}${one(spacings)}${one(values)}${one(['', '', '', ' ', '\t '])}`;
  });
  for (const line of [
    `${one(['Host', 'host', 'HOST'])}${one(spacings)}${one(['a', 'a.b:80', '[::1]:8080'])}`,
    one(framings),
    one(connections),
  ]) {
    if (line !== '') lines.splice(below(lines.length + 1), 0, line);
  }
  const start = `${one(methods)} ${one(targets)} HTTP/1.1`;
  const plain = `${[start, ...lines].join('\r\n')}\r\n\r\n`;
  if (random() < 0.4) return { text: plain, plain: true };
  const fault = below(4);
  if (fault === 0) return { text: `${[one(oddStarts), ...lines].join('\r\n')}\r\n\r\n`, plain: false };
  if (fault === 1) {
    lines.splice(below(lines.length + 1), 0, one(oddLines));
    return { text: `${[start, ...lines].join('\r\n')}\r\n\r\n`, plain: false };
  }
  const at = below(plain.length);
  const byte = fault === 2 ? String.fromCharCode(below(256)) : '';
  return { text: plain.slice(0, at) + byte + plain.slice(at + below(3)), plain: false };
}
