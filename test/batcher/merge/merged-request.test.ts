import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { openKeyHeaders } from '../../../src/batcher/key-headers.ts';
import type { AssembledBody } from '../../../src/batcher/merge/assembled-body.ts';
import { joined, mergedRequest } from '../../../src/batcher/merge/merged-request.ts';
import { Cancellation } from '../../../src/http/cancellation.ts';
import { bodyText, fieldsOf, inferMember } from '../../support/members.ts';

const body: AssembledBody = { parts: [Buffer.from('{"a"'), Buffer.from(':1}')], bytes: 7, headerBytes: null };
const binary: AssembledBody = { ...body, headerBytes: 5 };

function merged(blocks: readonly (readonly string[])[], assembled = body, names: string[] | null = null) {
  const members = blocks.map((headers) => inferMember(1, { headers, path: '/v2/models/m/infer?q' }));
  const keyHeaders = openKeyHeaders(names);
  return mergedRequest({ members, body: assembled, keyHeaders, cancellation: new Cancellation() });
}

describe('the call for several members', () => {
  it('has exactly the headers that they share, and its own', () => {
    const first = `Host,h,Authorization,Bearer a,Content-Type,application/json,Accept-Encoding,gzip,User-Agent,curl,
X-Tenant,t,X-Request-Id,1,Cookie,c,X-Forwarded-For,10.0.0.1,traceparent,nonsense,tracestate,v=1,grpc-timeout,1S,
Inference-Header-Content-Length,99,Content-Length,7,Expect,100-continue,Content-Encoding,gzip`;
    const flat = first.replaceAll('\n', '').split(',');
    const shared = ['Authorization: Bearer a', 'X-Tenant: t', 'Cookie: c'];
    const own = ['Content-Type: application/json', 'Accept-Encoding: identity'];
    expect(fieldsOf(merged([flat, ['X-Other', 'o']]))).toEqual([...shared, ...own]);
    expect(fieldsOf(merged([flat, []], binary))).toEqual([...shared, ...own, 'Inference-Header-Content-Length: 5']);
  });

  it('asks what its first member asks, of the same runtime', () => {
    const { method, path, authority, protocol, contentLength, expectContinue, trailers, ...rest } = merged([[], []]);
    expect({ method, path, authority, protocol, contentLength, expectContinue, trailers }).toEqual({
      method: 'POST',
      path: '/v2/models/m/infer?q',
      authority: 'runtime:8080',
      protocol: 'http1',
      contentLength: 7,
      expectContinue: false,
      trailers: null,
    });
    expect(bodyText(rest)).toBe('{"a":1}');
  });

  it('never forwards what it writes itself, also when the operator lists it', () => {
    const flat = [
      'Content-Type',
      'a/b',
      'Content-Length',
      '9',
      'Accept-Encoding',
      'br',
      'traceparent',
      'x',
      'X-T',
      't',
    ];
    const names = ['content-type', 'content-length', 'accept-encoding', 'traceparent', 'x-t'];
    expect(fieldsOf(merged([flat, flat], body, names))).toEqual([
      'X-T: t',
      'Content-Type: a/b',
      'Accept-Encoding: identity',
    ]);
  });
});

describe('the trace of a call', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const of = (...values: (string | null)[]) =>
    merged(values.map((value) => (value === null ? [] : ['traceparent', value]))).headers.get('traceparent');

  it('is a new span of the first member that has one', () => {
    const sent = of(null, `00-${trace}-00f067aa0ba902b7-01`, `00-${'1'.repeat(32)}-00f067aa0ba902b7-00`);
    expect(sent).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
    expect(sent).not.toContain('00f067aa0ba902b7');
  });

  it('of a later version is told in ours', () => {
    expect(of(`cc-${trace}-00f067aa0ba902b7-00-more`, null)).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-00$`));
  });

  it.each([
    'abc',
    '',
    `00-${trace}`,
    `ff-${trace}-00f067aa0ba902b7-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace.toUpperCase()}-00f067aa0ba902b7-01`,
  ])('%j is none', (value) => {
    expect(of(value, null)).toBeUndefined();
    expect(of(value, `00-${trace}-00f067aa0ba902b7-01`)).toContain(trace);
  });
});

describe('a body of pieces', () => {
  it('is one block when it is small, and the piece itself when there is one', () => {
    expect(joined(body)).toEqual(Buffer.from('{"a":1}'));
    const [only] = body.parts as [Uint8Array];
    expect(joined({ parts: [only], bytes: 4, headerBytes: null })).toBe(only);
    expect(joined({ parts: [], bytes: 0, headerBytes: null })).toEqual(Buffer.alloc(0));
  });

  it('is a stream of its pieces when it is large', async () => {
    const parts = [100_000, 200_000, 1].map((bytes, index) => Buffer.alloc(bytes, index + 1));
    const stream = joined({ parts, bytes: 300_001, headerBytes: null });
    expect(stream).toBeInstanceOf(Readable);
    expect((await buffer(stream as Readable)).equals(Buffer.concat(parts))).toBe(true);
  });
});
