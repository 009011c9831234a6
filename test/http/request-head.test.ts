import { describe, expect, it } from 'vitest';
import type { ListenerConfig } from '../../src/config/slices.ts';
import { OutriggerError } from '../../src/errors.ts';
import { type HeadOrigin, readRequestHead } from '../../src/http/request-head.ts';

const limits: ListenerConfig = {
  host: '127.0.0.1',
  port: 0,
  maxConnections: 10,
  maxHeaderBytes: 200,
  maxHeaderCount: 6,
  maxUrlBytes: 100,
  maxBodyBytes: null,
  headersTimeoutMs: 1000,
  keepAliveTimeoutMs: 1000,
};
const http1: HeadOrigin = { protocol: 'http1', clientAddress: '10.0.0.9' };
const http10: HeadOrigin = { ...http1, http10: true };
const http2: HeadOrigin = { protocol: 'http2', clientAddress: '10.0.0.9', authority: 'me:1' };

/** `Name: value` lines, behind a Host unless the origin needs none. */
function read(lines: readonly string[], origin: HeadOrigin = http1) {
  const raw = lines.flatMap((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
  return readRequestHead(raw, origin, limits);
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof OutriggerError) return error.code;
    throw error;
  }
  return 'none';
}

it('tells what the request path asks for', () => {
  const head = read([
    'Host: a:1',
    'Content-Length: 12',
    'Content-Type: a/b',
    'User-Agent: c',
    'K-Network-Probe: queue',
  ]);
  expect(head).toMatchObject({ authority: 'a:1', contentLength: 12, chunked: false, expectContinue: false });
  expect(head).toMatchObject({ contentType: 'a/b', userAgent: 'c', networkProbe: 'queue' });
});

it('keeps end-to-end fields in wire order, and takes Host, framing and hop-by-hop fields out', () => {
  const head = read(['B: 1', 'Host: a', 'Connection: X-Hop', 'X-Hop: 2', 'b: 3', 'Transfer-Encoding: chunked']);
  expect([...head.headers]).toEqual([
    ['B', '1'],
    ['b', '3'],
    ['X-Forwarded-For', '10.0.0.9'],
  ]);
  expect(head).toMatchObject({ chunked: true, contentLength: null });
});

it('joins several X-Forwarded-For fields before it appends', () => {
  const head = read(['Host: a', 'X-Forwarded-For: a', 'x-forwarded-for: b, c']);
  expect([...head.headers]).toEqual([
    ['X-Forwarded-For', 'a, b, c, 10.0.0.9'],
    ['Forwarded', 'for=a, for=b, for=c'],
  ]);
});

it('a Connection option removes neither what this hop adds nor what frames the message', () => {
  const head = read(['Host: a', 'Connection: X-Forwarded-For, Content-Length, Host', 'Content-Length: 3']);
  expect(head).toMatchObject({ authority: 'a', contentLength: 3 });
  expect([...head.headers]).toEqual([['X-Forwarded-For', '10.0.0.9']]);
});

it('builds Forwarded only when there is none, an empty one not counting', () => {
  expect(read(['Host: a', 'X-Forwarded-Host: h', 'Forwarded: for=x']).headers.get('forwarded')).toBe('for=x');
  const [, shim] = [...read(['Host: a', 'X-Forwarded-Host: h', 'Forwarded: ']).headers].filter(
    ([name]) => name === 'Forwarded',
  );
  expect(shim).toEqual(['Forwarded', 'host=h']);
});

describe('refusals', () => {
  const framing: readonly (readonly [string, readonly string[]])[] = [
    ['no Host', ['A: 1']],
    ['two Hosts', ['Host: a', 'host: a']],
    ['a Host with userinfo', ['Host: u@a']],
    ['a Host with a path', ['Host: a/b']],
    ['a Host with half a pair of brackets', ['Host: [::1']],
    ['a Host with brackets behind a name', ['Host: a[::1]']],
    ['two lengths', ['Host: a', 'Content-Length: 1', 'Content-Length: 1']],
    ['a signed length', ['Host: a', 'Content-Length: +1']],
    ['an empty length', ['Host: a', 'Content-Length: ']],
    ['a length beyond 2^53', ['Host: a', 'Content-Length: 9007199254740993']],
    ['both framings', ['Host: a', 'Content-Length: 1', 'Transfer-Encoding: chunked']],
    ['both framings, other order', ['Host: a', 'Transfer-Encoding: chunked', 'Content-Length: 1']],
    ['chunked twice', ['Host: a', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
    ['another coding', ['Host: a', 'Transfer-Encoding: gzip, chunked']],
    ['a look-alike', ['Host: a', 'Transfer_Encoding: chunked']],
    ['Content-Encoding: chunked', ['Host: a', 'Content-Encoding: Chunked']],
  ];
  it.each(framing)('%s is malformed', (_name, lines) => {
    expect(codeOf(() => read(lines))).toBe('REQUEST_MALFORMED');
  });

  it('another expectation cannot be met', () => {
    expect(codeOf(() => read(['Host: a', 'Expect: x']))).toBe('EXPECTATION_FAILED');
    expect(read(['Host: a', 'Expect: 100-Continue', 'Content-Length: 1']).expectContinue).toBe(true);
    expect(read(['Host: a', 'Expect: 100-Continue', 'Transfer-Encoding: chunked']).expectContinue).toBe(true);
  });

  it('one field, or one byte, too many', () => {
    const five = ['Host: a', 'A: 1', 'B: 2', 'C: 3', 'D: 4', 'E: 5'];
    expect(codeOf(() => read(five))).toBe('none');
    expect(codeOf(() => read([...five, 'F: 6']))).toBe('REQUEST_HEADERS_TOO_LARGE');
    const fits = 200 - 'Host: a\r\n'.length - 'X: \r\n'.length;
    expect(codeOf(() => read(['Host: a', `X: ${'x'.repeat(fits)}`]))).toBe('none');
    expect(codeOf(() => read(['Host: a', `X: ${'x'.repeat(fits + 1)}`]))).toBe('REQUEST_HEADERS_TOO_LARGE');
  });
});

describe('HTTP/1.0', () => {
  it('needs no Host and expects nothing', () => {
    expect(read(['Expect: 100-continue'], http10)).toMatchObject({ authority: '', expectContinue: false });
    expect(codeOf(() => read(['Expect: x'], http10))).toBe('none');
  });

  it('has no chunks', () => {
    expect(codeOf(() => read(['Transfer-Encoding: chunked'], http10))).toBe('REQUEST_MALFORMED');
  });
});

describe('HTTP/2', () => {
  it(':authority wins over Host, which stands in for a missing one', () => {
    expect(read(['host: other'], http2).authority).toBe('me:1');
    expect(read(['host: other'], { protocol: 'http2', clientAddress: 'c' }).authority).toBe('other');
    expect(read([], { protocol: 'http2', clientAddress: 'c' }).authority).toBe('');
  });

  it('TE: trailers passes, other codings do not, nor over HTTP/1.1', () => {
    expect(read(['te: trailers'], http2).headers.get('te')).toBe('trailers');
    expect(read(['te: gzip'], http2).headers.get('te')).toBeUndefined();
    expect(read(['Host: a', 'TE: trailers']).headers.get('te')).toBeUndefined();
  });
});
