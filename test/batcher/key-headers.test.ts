import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openKeyHeaders } from '../../src/batcher/key-headers.ts';
import { FlatHeaderBlock } from '../../src/http/header-block.ts';
import { seed } from '../support/seed.ts';

const standard = openKeyHeaders(null);
const keyOf = (...flat: string[]) => standard.readKeyHeaders(new FlatHeaderBlock(flat)).key;
const read = (...flat: string[]) => standard.readKeyHeaders(new FlatHeaderBlock(flat));
const empty = keyOf();

describe('by default', () => {
  it('Authorization and Cookie tell requests apart, traceparent does not (vector 60)', () => {
    expect(keyOf('Authorization', 'Bearer a')).not.toBe(keyOf('Authorization', 'Bearer b'));
    expect(keyOf('Cookie', 's=1')).not.toBe(keyOf('Cookie', 's=2'));
    expect(keyOf('Authorization', 'Bearer a', 'traceparent', '00-1-2-01')).toBe(keyOf('Authorization', 'Bearer a'));
  });

  it.each(
    `X-Tenant X-Api-Key X-Custom Idempotency-Key Origin Accept-Language X-Forwarded-Host X-Forwarded-Client-Cert Range
     If-None-Match CF-IPCountry Knative-Serving-Tag triton-grpc-protocol X-User-Id Prefer __proto__ constructor`.split(
      /\s+/,
    ),
  )('%s counts', (name) => {
    expect(keyOf(name, '1')).not.toBe(empty);
    expect(keyOf(name, '1')).not.toBe(keyOf(name, '2'));
  });

  it.each(
    `Content-Length Content-Type Content-Encoding Inference-Header-Content-Length Accept-Encoding User-Agent Date Host Expect
     traceparent tracestate b3 X-B3-TraceId X-B3-Sampled Uber-Trace-Id X-Cloud-Trace-Context X-Amzn-Trace-Id
     x-datadog-parent-id sentry-trace X-Request-Id X-Correlation-Id X-Forwarded-For Forwarded X-Real-IP Via
     Sec-Fetch-Mode Sec-CH-UA Referer grpc-timeout Cache-Control K-Proxy-Request CF-Ray`.split(/\s+/),
  )('%s does not count, in any case', (name) => {
    expect(keyOf(name, '1', name.toLowerCase(), '2', name.toUpperCase(), '3')).toBe(empty);
  });

  it('Accept counts unless it asks for JSON or anything', () => {
    for (const value of ['*/*', 'application/json', 'application/json, text/plain, */*', 'Application/JSON']) {
      expect(keyOf('accept', value)).toBe(empty);
    }
    for (const value of [
      'application/octet-stream',
      'text/event-stream',
      'application/json-seq',
      'text/html, */*',
      '*/*;q=0.1, text/csv',
      'application/json;profile=a',
    ]) {
      expect(keyOf('accept', value)).not.toBe(empty);
    }
  });

  it("Baggage counts unless it is Sentry's alone", () => {
    expect(keyOf('baggage', 'sentry-trace_id=1,sentry-release=2')).toBe(empty);
    expect(keyOf('baggage', 'sentry-trace_id=1, tenant=a')).not.toBe(empty);
    expect(keyOf('baggage', 'tenant=a,sentry-trace_id=1')).not.toBe(empty);
  });

  it('names an event and a signed body, which go alone', () => {
    expect(read('Ce-Id', '1', 'x', 'y')).toEqual({ key: keyOf('x', 'y'), cloudEvent: true, bodySigned: false });
    expect(read('Content-MD5', 'q')).toEqual({ key: empty, cloudEvent: false, bodySigned: true });
    expect(read('cedar', '1')).toMatchObject({ cloudEvent: false, bodySigned: false });
  });
});

describe('the key', () => {
  it('does not depend on case of names and order between names, but on order within a name', () => {
    expect(keyOf('X-B', '1', 'x-a', '2')).toBe(keyOf('X-A', '2', 'x-b', '1'));
    expect(keyOf('x-a', '1', 'x-b', '0', 'X-A', '2')).toBe(keyOf('x-b', '0', 'x-a', '1', 'x-a', '2'));
    expect(keyOf('x-a', '1', 'x-a', '2')).not.toBe(keyOf('x-a', '2', 'x-a', '1'));
    expect(keyOf('x-a', '1')).not.toBe(keyOf('x-a', '1', 'x-a', '1'));
  });

  it('takes no value for two headers, whatever separators are in it', () => {
    for (const forged of ['1:x:1', '11:x1', '11:x1:1', '1:1:x1:1', '1,x,1', '1x1', '1\tx\t1']) {
      expect(keyOf('x', forged)).not.toBe(keyOf('x', '1', 'x', '1'));
    }
  });

  it('is equal exactly if the headers that count are, whatever they hold', () => {
    const name = fc.constantFrom('x', 'X', 'y', 'x-1', '1:x', 'Y', 'traceparent', 'Host');
    const value = fc.constantFrom('', '1', '2', '1:x:1', '1:y:1', '1:x:1:y:1', 'x1', '1x1', '11:x1');
    const block = fc.array(fc.tuple(name, value), { maxLength: 5 });
    const canonical = (fields: readonly (readonly [string, string])[]) => {
      const kept = fields
        .map(([n, v]) => [n.toLowerCase(), v] as const)
        .filter(([n]) => !['traceparent', 'host'].includes(n));
      return JSON.stringify([...kept].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
    };
    fc.assert(
      fc.property(block, block, (a, b) => {
        expect(keyOf(...a.flat()) === keyOf(...b.flat())).toBe(canonical(a) === canonical(b));
      }),
      { seed, numRuns: 2000 },
    );
  });

  it('is the same after more names than are remembered', () => {
    const keys = openKeyHeaders(null);
    for (let i = 0; i < 2000; i += 1) keys.readKeyHeaders(new FlatHeaderBlock([`x-${i}`, '']));
    expect(keys.readKeyHeaders(new FlatHeaderBlock(['X-New', '1', 'DATE', '2'])).key).toBe(keyOf('x-new', '1'));
  });
});

describe('what goes with the merged call', () => {
  it('are the headers that count, as sent', () => {
    const block = new FlatHeaderBlock([
      'X-Tenant',
      'a',
      'Date',
      'd',
      'AUTHORIZATION',
      'Bearer t',
      'x-tenant',
      'b',
      'accept',
      '*/*',
    ]);
    expect(standard.forwarded(block)).toEqual(['X-Tenant', 'a', 'AUTHORIZATION', 'Bearer t', 'x-tenant', 'b']);
  });
});

describe('with a list', () => {
  const listed = openKeyHeaders(['X-Tenant', 'X-Request-Id', 'content-type', 'ce-id', 'digest']);
  const listedKey = (...flat: string[]) => listed.readKeyHeaders(new FlatHeaderBlock(flat)).key;

  it('exactly those count, and who calls', () => {
    expect(listedKey('x-other', '1', 'accept', 'x/y')).toBe('');
    for (const name of ['x-tenant', 'X-REQUEST-ID', 'authorization', 'cookie']) {
      expect(listedKey(name, '1')).not.toBe(listedKey(name, '2'));
    }
  });

  it('what the merged call says itself is not sent twice', () => {
    const block = new FlatHeaderBlock([
      'X-Tenant',
      'a',
      'Content-Type',
      'application/json',
      'x-other',
      '1',
      'cookie',
      'c',
    ]);
    expect(listed.forwarded(block)).toEqual(['X-Tenant', 'a', 'cookie', 'c']);
  });

  it('events and signed bodies still go alone', () => {
    expect(listed.readKeyHeaders(new FlatHeaderBlock(['CE-ID', '1'])).cloudEvent).toBe(true);
    expect(listed.readKeyHeaders(new FlatHeaderBlock(['Digest', '1'])).bodySigned).toBe(true);
  });
});
