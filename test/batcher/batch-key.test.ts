import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchKey, contentType } from '../../src/batcher/batch-key.ts';
import type { Content } from '../../src/batcher/content.ts';
import type { InferencePath } from '../../src/v2/infer-path.ts';
import { readInferencePath } from '../../src/v2/infer-path.ts';
import { proxyRequest } from '../support/members.ts';
import { inferRequest, predictRequest } from '../support/merge-texts.ts';
import { seed } from '../support/seed.ts';

interface Asked {
  readonly path?: string;
  readonly headersKey?: string;
  readonly type?: string | null;
  readonly http2?: boolean;
}

function keyOf(content: Content, { path, headersKey = '', type = null, http2 = false }: Asked = {}): string {
  const place = path ?? (content.protocol === 'v1' ? '/v1/models/m:predict' : '/v2/models/m/infer');
  const request = proxyRequest(content.request.body, { headers: type === null ? [] : ['content-type', type] });
  return batchKey({
    request: http2 ? { ...request, protocol: 'http2' } : request,
    path: readInferencePath(place) as InferencePath,
    headersKey,
    content,
  });
}

const v2 = (json: string, asked?: Asked, blobs?: string) =>
  keyOf({ protocol: 'v2', request: inferRequest(json, blobs) }, asked);
const v1 = (json: string, asked?: Asked) => keyOf({ protocol: 'v1', request: predictRequest(json) }, asked);

const x = '{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}';
const z = '{"name":"z","shape":[1],"datatype":"INT32","data":[1]}';
const base = `{"inputs":[${x}]}`;
const withMore = (more: string) => `{"inputs":[${x}],${more}}`;

describe('V2 requests share a call (protocol page 8.2)', () => {
  it.each([
    ['other data and rows', base, '{"inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","data":[[3,4],[5,6]]}]}'],
    ['another id', base, withMore('"id":"a"')],
    ['inputs in another order', `{"inputs":[${x},${z}]}`, `{"inputs":[${z},${x}]}`],
    ['another spelling of a name', base, base.replace('"x"', '"\\u0078"')],
    ['no outputs and an empty list of them', base, withMore('"outputs":[]')],
    [
      'outputs in another order',
      withMore('"outputs":[{"name":"a"},{"name":"b"}]'),
      withMore('"outputs":[{"name":"b"},{"name":"a"}]'),
    ],
    ['parameters in another order', withMore('"parameters":{"p":1,"q":"s"}'), withMore('"parameters":{"q":"s","p":1}')],
    ['a model name in the body, which means nothing', base, withMore('"model_name":"other"')],
  ])('with %s', (_what, one, other) => {
    expect(v2(one)).toBe(v2(other));
  });

  it('with JSON called JSON in any way, or not at all', () => {
    expect(v2(base, { type: 'Application/JSON; charset=utf-8' })).toBe(v2(base));
  });

  it('with the same name percent-encoded', () => {
    expect(v2(base, { path: '/v2/models/%6d/infer' })).toBe(v2(base));
  });
});

describe('V2 requests do not share a call', () => {
  it.each<[string, string, string]>([
    ['another datatype', base, base.replace('FP32', 'FP64')],
    ['another inner shape', base, base.replace('[1,2]', '[1,2,1]')],
    ['another inner size', base, '{"inputs":[{"name":"x","shape":[1,1],"datatype":"FP32","data":[1]}]}'],
    ['another input', base, base.replace('"x"', '"y"')],
    ['one input more', base, `{"inputs":[${x},${z}]}`],
    ['a parameter', base, withMore('"parameters":{"p":1}')],
    ['1 and 1.0', withMore('"parameters":{"p":1}'), withMore('"parameters":{"p":1.0}')],
    ['1 and "1"', withMore('"parameters":{"p":1}'), withMore('"parameters":{"p":"1"}')],
    ['a parameter of an input', base, base.replace('"data"', '"parameters":{"p":1},"data"')],
    ['outputs asked for by name', base, withMore('"outputs":[{"name":"y"}]')],
    ['another output', withMore('"outputs":[{"name":"y"}]'), withMore('"outputs":[{"name":"w"}]')],
    [
      'classification of an output',
      withMore('"outputs":[{"name":"y"}]'),
      withMore('"outputs":[{"name":"y","parameters":{"classification":2}}]'),
    ],
  ])('with %s', (_what, one, other) => {
    expect(v2(one)).not.toBe(v2(other));
  });

  it('with JSON and binary data', () => {
    const binary = '{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}]}';
    expect(v2(binary, {}, '0000000000000000')).not.toBe(v2(base));
  });

  it.each<[string, Asked]>([
    ['another model', { path: '/v2/models/n/infer' }],
    ['a version', { path: '/v2/models/m/versions/1/infer' }],
    ['a query', { path: '/v2/models/m/infer?a=1' }],
    ['other headers that count', { headersKey: '1:a1:b' }],
    ['another content type', { type: 'text/plain' }],
    ['HTTP/2', { http2: true }],
  ])('with %s', (_what, asked) => {
    expect(v2(base, asked)).not.toBe(v2(base));
  });

  it('with long names that differ in their last character only', () => {
    const named = (last: string) => base.replace('"x"', `"${'n'.repeat(600)}${last}"`);
    expect(v2(named('é'))).not.toBe(v2(named('è')));
    expect(v2(named('é'))).toBe(v2(named('\\u00E9')));
  });
});

describe('V1 requests', () => {
  it('share a call whatever their instances are, in any order of the other fields', () => {
    expect(v1('{"instances":[1],"a":1,"b":"x"}')).toBe(v1('{"b":"x","instances":[{"c":2},3],"a":1}'));
  });

  it.each([
    ['{"instances":[1]}', '{"instances":[1],"signature_name":"s"}'],
    ['{"instances":[1],"a":1}', '{"instances":[1],"a":1.0}'],
    ['{"instances":[1],"a":1,"b":2}', '{"instances":[1],"a":2,"b":1}'],
  ])('%s and %s do not', (one, other) => {
    expect(v1(one)).not.toBe(v1(other));
  });

  it('of a version and of a label of the same name do not', () => {
    expect(v1('{"instances":[1]}', { path: '/v1/models/m/versions/a:predict' })).not.toBe(
      v1('{"instances":[1]}', { path: '/v1/models/m/labels/a:predict' }),
    );
  });
});

it('is equal exactly for equal places and parameters, whatever they are made of', () => {
  const word = fc.string({ unit: fc.constantFrom('a', '1', ':', ',', '"', 'é'), maxLength: 5 });
  const facts = fc.record({ path: word, query: word, headersKey: word, name: word, value: word });
  type Facts = { path: string; query: string; headersKey: string; name: string; value: string };
  const key = ({ path, query, headersKey, name, value }: Facts): string => {
    const place: InferencePath = { protocol: 'v2', model: path, version: null, label: null, modelPath: '', query };
    const text = `{"inputs":[${x}],"parameters":{${JSON.stringify(name)}:${JSON.stringify(value)}}}`;
    const request = inferRequest(text);
    return batchKey({
      request: proxyRequest(request.body),
      path: place,
      headersKey,
      content: { protocol: 'v2', request },
    });
  };
  fc.assert(
    fc.property(facts, facts, (one, other) => {
      expect(key(one) === key(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
    { seed, numRuns: 2000 },
  );
});

it('stays short, however long the names are', () => {
  expect(v2(base.replace('"x"', `"${'n'.repeat(100_000)}"`)).length).toBeLessThan(100);
});

describe('the content type of a call', () => {
  const content = (json: string, blobs?: string): Content => ({ protocol: 'v2', request: inferRequest(json, blobs) });
  const of = (type: string | null, asked = content(base)) =>
    contentType(proxyRequest(asked.request.body, { headers: type === null ? [] : ['Content-Type', type] }), asked);

  it('is JSON where JSON was meant, and what was said otherwise', () => {
    expect(of(null)).toBe('application/json');
    expect(of('application/json;charset=UTF-8')).toBe('application/json');
    expect(of('application/jsonl')).toBe('application/jsonl');
    expect(of('text/plain')).toBe('text/plain');
  });

  it('is that of bytes for binary data, whatever was said', () => {
    const binary = '{"inputs":[{"name":"x","shape":[1,1],"datatype":"FP32","parameters":{"binary_data_size":4}}]}';
    expect(of(null, content(binary, '00000000'))).toBe('application/octet-stream');
    expect(of('application/json', content(binary, '00000000'))).toBe('application/octet-stream');
  });
});
