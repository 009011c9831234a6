import { describe, expect, it } from 'vitest';
import type { ListenerConfig } from '../../../src/config/slices.ts';
import { fieldRoles } from '../../../src/http/hop-by-hop.ts';
import type { WireRequestHead } from '../../../src/lanes/wire/heads.ts';
import { readRequestHead } from '../../../src/lanes/wire/request-head.ts';
import { requestHead as fuzzed } from '../../fuzz/request-head.ts';
import { judgedClient, openNodeJudge } from '../../support/node-judge.ts';
import { seededRandom } from '../../support/random.ts';
import { makeHead } from '../../support/request-heads.ts';
import { seed } from '../../support/seed.ts';

const limits: ListenerConfig = {
  ...{ host: '127.0.0.1', port: 0, maxConnections: 10, headersTimeoutMs: 1000, keepAliveTimeoutMs: 1000 },
  ...{ maxHeaderBytes: 500, maxHeaderCount: 12, maxUrlBytes: 80, maxBodyBytes: 1_000_000 },
};

function read(text: string, changed: Partial<ListenerConfig> = {}): WireRequestHead | 'incomplete' | 'unusual' {
  const bytes = Buffer.from(text, 'latin1');
  return readRequestHead(bytes, 0, bytes.length, { limits: { ...limits, ...changed }, clientAddress: judgedClient });
}

function plain(text: string, changed: Partial<ListenerConfig> = {}): WireRequestHead {
  const head = read(text, changed);
  if (typeof head === 'string') throw new Error(`${head}: ${JSON.stringify(text)}`);
  return head;
}

const get = (...lines: readonly string[]): string => `${['GET /a HTTP/1.1', 'Host: a', ...lines].join('\r\n')}\r\n\r\n`;

describe('a plain head', () => {
  it('tells what the lane asks for, and where the body begins', () => {
    const text = 'POST /v2/models/m/infer?x=%20 HTTP/1.1\r\nHost: a.b:80\r\nB: 1\r\nContent-Length: 012\r\n\r\n';
    expect(plain(`${text}body`)).toMatchObject({
      ...{ method: 'POST', path: '/v2/models/m/infer?x=%20', authority: 'a.b:80', contentLength: 12 },
      ...{ chunked: false, close: false, bytes: text.length },
    });
  });

  it.each([
    ['Transfer-Encoding: Chunked', { chunked: true, contentLength: null }],
    ['Connection: CLOSE', { close: true }],
    ['connection: Keep-Alive', { close: false }],
    ['Content-Length: 0', { contentLength: 0 }],
    ['Content-Length: 1000000', { contentLength: 1_000_000 }],
  ])('reads %s', (line, expected) => {
    expect(plain(get(line))).toMatchObject(expected);
  });

  it('keeps end-to-end fields as received, takes this hop’s out, and adds this hop', () => {
    const lines = [
      'B:1',
      'b: \t2 \t',
      'Keep-Alive: 5',
      'x_forwarded_for: x',
      'X-Forwarded-For: 1.1.1.1',
      'E:',
      'X-Forwarded-For: 2.2.2.2',
    ];
    const { headers } = plain(get(...lines));
    const expected = ['B', '1', 'b', '2', 'E', '', 'X-Forwarded-For', '1.1.1.1, 2.2.2.2, 10.0.0.9'];
    expect(headers.write([])).toEqual([...expected, 'Forwarded', 'for=1.1.1.1, for=2.2.2.2']);
    const wire = Buffer.alloc(headers.wireBytes);
    expect(headers.copyTo(wire, 0)).toBe(wire.length);
    expect(wire.toString('latin1')).toMatch(/^B: 1\r\nb: 2\r\nE: \r\nX-Forwarded-For: 1\.1\.1\.1, 2/);
  });

  it('keeps a Forwarded that the client sent', () => {
    const { headers } = plain(get('Forwarded: for=x', 'X-Forwarded-Host: h'));
    expect([headers.get('forwarded'), headers.write([]).length]).toEqual(['for=x', 6]);
  });

  it('is its own copy: the bytes it was read from may change', () => {
    const bytes = Buffer.from(get('X: 1'), 'latin1');
    const head = readRequestHead(bytes, 0, bytes.length, { limits, clientAddress: judgedClient }) as WireRequestHead;
    bytes.fill(0);
    expect([head.path, head.authority, head.headers.get('x')]).toEqual(['/a', 'a', '1']);
  });
});

describe('left to node:http', () => {
  const lines = [
    ...[
      'Host: a',
      'Content-Length: +1',
      'Content-Length: 1 2',
      'Content-Length: 1 ',
      'Content-Length:',
      'Content-Length: 1,1',
    ],
    ...[
      'Content-Length: 1234567890123456',
      'Content-Length: 1000001',
      'Transfer-Encoding: gzip, chunked',
      'Transfer-Encoding:',
    ],
    ...[
      'Transfer-Encoding: chunked ',
      'TE: trailers',
      'Trailer: a',
      'Expect: 100-continue',
      'Upgrade: websocket',
      'Upgrade: h2c',
    ],
    ...[
      'HTTP2-Settings: A',
      'Connection: a',
      'Connection: close, keep-alive',
      'Connection:',
      'Proxy-Connection: close',
    ],
    ...[
      'Content-Encoding: CHUNKED',
      'User-Agent: kube-probe/1.30',
      'user-agent: Knative-Activator-Probe',
      'K-Network-Probe: x',
    ],
    ...['X : 1', ' fold', ': 1', 'X', 'X\xe9: 1', 'X: a\0', 'X: \x7f', 'X: a\rb', 'X: a\nb: 1'],
  ];
  it.each(lines)('a line %j', (line) => {
    expect(read(get(line))).toBe('unusual');
    expect(read(get(line, 'X-Last: 1'))).toBe('unusual');
  });

  it.each([
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
      'QUERY / HTTP/1.1',
      'GET /\xe9 HTTP/1.1',
      'GET / http/1.1',
      'GET /',
    ],
    ...[
      '\r\nGET / HTTP/1.1',
      '\nGET / HTTP/1.1',
      'GET /a b HTTP/1.1',
      ' GET / HTTP/1.1',
      'PRI * HTTP/2.0',
      'GETS / HTTP/1.1',
    ],
  ])('a request line %j', (line) => {
    expect(read(`${line}\r\nHost: a\r\n\r\n`)).toBe('unusual');
  });

  it.each([
    ...['', 'Host:\r\n', 'Host: a b\r\n', 'Host: u@h\r\n', 'Host: a/b\r\n'],
    ...['Host: [::0\r\n', 'Host: a]\r\n', 'Host: [::1]a\r\n', 'Host: a[::1]\r\n', 'Host: [[::1]]\r\n'],
  ])('a head with %j for a Host', (host) => {
    expect(read(`GET / HTTP/1.1\r\n${host}X: 1\r\n\r\n`)).toBe('unusual');
  });

  it('two Connection fields, two framings, line ends that are no CRLF', () => {
    expect(read(get('Connection: close', 'Connection: close'))).toBe('unusual');
    expect(read(get('Content-Length: 1', 'Transfer-Encoding: chunked'))).toBe('unusual');
    expect(read('GET / HTTP/1.1\nHost: a\n\n')).toBe('unusual');
    expect(read('GET / HTTP/1.1\r\nHost: a\r\n\n')).toBe('unusual');
    expect(read('GET / HTTP/1.1\r\nHost: a\r\n\rX')).toBe('unusual');
  });

  it('every field that only looks like a framing field', () => {
    const refused = [...fieldRoles].filter(([, role]) => role === 'refuse').map(([name]) => name);
    expect(refused.length).toBeGreaterThan(20);
    for (const name of refused) expect(read(get(`${name.toUpperCase()}: x`)), name).toBe('unusual');
  });
});

describe('a limit', () => {
  // Host: a = 5 + 4 counted bytes; X = n + 5.
  it('counts fields as http/request-head.ts does, blanks too, and says so before the head is whole', () => {
    expect(plain(get(`X:${'v'.repeat(41)}`), { maxHeaderBytes: 55 }).bytes).toBeGreaterThan(50);
    expect(read(get(`X:${'v'.repeat(42)}`), { maxHeaderBytes: 55 })).toBe('unusual');
    expect(read(get(`X: ${' '.repeat(60)}v`), { maxHeaderBytes: 55 })).toBe('unusual');
    expect(read(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'v'.repeat(60)}`, { maxHeaderBytes: 55 })).toBe('unusual');
  });

  it('is kept by every beginning of a head that keeps it', () => {
    const head = get(`X:${'v'.repeat(39)} \t `); // its lines are longer than what counts of them
    for (const length of Array.from(head, (_, i) => i + 1).slice(0, -1)) {
      expect(read(head.slice(0, length), { maxHeaderBytes: 55 }), `${length} bytes`).toBe('incomplete');
    }
    expect(plain(head, { maxHeaderBytes: 55 }).bytes).toBe(head.length);
  });

  it('counts fields and the target', () => {
    expect(plain(get('X: 1'), { maxHeaderCount: 2, maxUrlBytes: 2 }).path).toBe('/a');
    expect(read(get('X: 1'), { maxHeaderCount: 1 })).toBe('unusual');
    expect(read(get('X: 1'), { maxUrlBytes: 1 })).toBe('unusual');
    expect(read(`GET /${'a'.repeat(80)}`)).toBe('unusual');
    expect(read(`GET /${'a'.repeat(79)}`)).toBe('incomplete');
  });

  it('of a body is node:http’s to answer', () => {
    expect(plain(get('Content-Length: 5'), { maxBodyBytes: null }).contentLength).toBe(5);
    expect(read(get('Content-Length: 5'), { maxBodyBytes: 4 })).toBe('unusual');
  });
});

describe('generated heads', () => {
  const random = seededRandom(seed);
  const made = Array.from({ length: 1000 }, () => makeHead(random));

  it('are read as node:http and http/request-head.ts read them, whenever they are accepted', async () => {
    const judge = openNodeJudge(limits);
    for (const { text, plain: mustPass } of made) {
      const head = read(text);
      if (typeof head === 'string') {
        expect([head, mustPass], JSON.stringify(text)).not.toEqual([head, true]);
        continue;
      }
      const node = await judge.read(Buffer.from(text, 'latin1'));
      expect(node, JSON.stringify(text)).not.toBeNull();
      if (node === null) continue;
      const { method, path, authority, contentLength, chunked } = head;
      expect([method, path, authority, contentLength, chunked, !head.close, head.headers.write([])]).toEqual([
        ...[node.method, node.path, node.head.authority, node.head.contentLength, node.head.chunked, node.keepAlive],
        node.head.headers.write([]),
      ]);
    }
  });

  it('hold what is asked of fuzzed ones: no over-read, and every beginning of a plain head is incomplete', () => {
    for (const { text } of made.slice(0, 300)) fuzzed.run(Buffer.from(text, 'latin1'));
    for (const input of fuzzed.seeds) fuzzed.run(input);
  });

  it('cut at any byte are never taken for whole', () => {
    for (const { text } of made.slice(0, 30)) {
      const whole = read(text);
      for (let end = 0; end < text.length; end++) {
        const part = read(text.slice(0, end));
        if (typeof whole === 'object' && end < whole.bytes) expect(part, text.slice(0, end)).toBe('incomplete');
        else if (part === 'unusual') expect(whole, text.slice(0, end)).toBe('unusual');
      }
    }
  });
});
