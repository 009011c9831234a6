// Parameters of a request, its inputs and its outputs: kept to the letter, and told when they forbid merging.
import { describe, expect, it } from 'vitest';
import type { InferRequest } from '../../src/v2/infer-request.ts';
import { readInferRequest } from '../../src/v2/read-infer-request.ts';
import type { Unmergeable } from '../../src/v2/unmergeable.ts';

interface Places {
  readonly request?: string;
  readonly input?: string;
  readonly output?: string;
}

function read({ request = '{}', input = '{}', output = '{}' }: Places): InferRequest | Unmergeable {
  const inputs = `[{"name":"x","shape":[1],"datatype":"INT8","parameters":${input},"data":[1]}]`;
  const outputs = `[{"name":"y","parameters":${output}}]`;
  const json = `{"parameters":${request},"inputs":${inputs},"outputs":${outputs}}`;
  return readInferRequest(Buffer.from(json), undefined);
}

function parametersOf(request: string): [string, string][] {
  const result = read({ request }) as InferRequest;
  return [...result.parameters].map(([name, { value }]) => [name, value]);
}

describe('parameters', () => {
  it('keep their order and every digit (vector 46)', () => {
    const request = '{"t":1.0,"n":1,"priority":10,"timeout":12345678901234567890,"s":"\\u00e9","b":true,"f":false}';
    expect(parametersOf(request)).toEqual([
      ['t', '1.0'],
      ['n', '1'],
      ['priority', '10'],
      ['timeout', '12345678901234567890'],
      ['s', '"\\u00e9"'],
      ['b', 'true'],
      ['f', 'false'],
    ]);
  });

  it('may be called like anything (vector 79)', () => {
    expect(parametersOf('{"__proto__":1,"constructor":2,"":3}').map(([name]) => name)).toEqual([
      '__proto__',
      'constructor',
      '',
    ]);
  });

  it('about binary answers and classes stay with their place (vectors 43, 45)', () => {
    const result = read({ request: '{"binary_data_output":true}', output: '{"classification":2,"binary_data":false}' });
    const { parameters, outputs } = result as InferRequest;
    expect(parameters.get('binary_data_output')?.value).toBe('true');
    expect(outputs?.[0]?.parameters.get('classification')?.value).toBe('2');
    expect(outputs?.[0]?.parameters.get('binary_data')?.value).toBe('false');
  });

  it.each<[string, Unmergeable]>([
    ['{"a":[1]}', 'malformed'],
    ['{"a":{"b":1}}', 'malformed'],
    ['{"a":null}', 'malformed'],
    ['{"a":NaN}', 'malformed'],
    ['{"a":-Infinity}', 'malformed'],
    ['{"a":tru}', 'malformed'],
    ['{"a":"\\q"}', 'malformed'],
    ['{"\\ud83d":1}', 'malformed'],
    ['[]', 'malformed'],
    ['null', 'malformed'],
    ['{"a":1,"a":1}', 'duplicate_key'],
    ['{"a":1,"\\u0061":1}', 'duplicate_key'],
    ['{"shared_memory_region":"r"}', 'shared_memory'],
    ['{"shared_memory_byte_size":8,"binary_data":true}', 'shared_memory'],
    ['{"triton_enable_empty_final_response":true}', 'runtime_parameter'],
  ])('%s are refused wherever they stand (vector 48)', (parameters, reason) => {
    expect(read({ request: parameters })).toBe(reason);
    expect(read({ input: parameters })).toBe(reason);
    expect(read({ output: parameters })).toBe(reason);
  });
});

describe('a sequence (vector 47)', () => {
  it.each([
    '{"sequence_id":42}',
    '{"sequence_id":"s"}',
    '{"sequence_id":0.0}',
    '{"sequence_id":0,"sequence_start":true}',
    '{"sequence_end":true}',
    '{"sequence_end":1}',
  ])('is asked for by %s', (request) => {
    expect(read({ request })).toBe('sequence');
  });

  it.each(['{"sequence_id":0}', '{"sequence_id":""}', '{"sequence_start":false,"sequence_end":false}'])(
    'is not asked for by %s',
    (request) => {
      expect(parametersOf(request).length).toBeGreaterThan(0);
    },
  );

  it('is a matter of the request alone', () => {
    expect(typeof read({ input: '{"sequence_id":42}' })).toBe('object');
  });
});
