// Requests of V1 in row format: how many instances, and what stands beside them.
import { expect, it } from 'vitest';
import type { PredictRequest } from '../../src/v2/predict-request.ts';
import { readPredictRequest } from '../../src/v2/read-predict-request.ts';
import type { Unmergeable } from '../../src/v2/unmergeable.ts';

function read(json: string): PredictRequest {
  const result = readPredictRequest(Buffer.from(json));
  if (typeof result === 'string') throw new Error(`refused: ${result}`);
  return result;
}

it.each([
  ['lists', '[[1],[2]]', 2],
  ['numbers', '[1,9007199254740993,NaN]', 3],
  ['encoded bytes', '[{"b64":"AA==","b64":"],["}, {"b64":""}]', 2],
  ['an empty list', '[[]]', 1],
  ['line breaks between', '[\n  [1, 2],\n  [3, 4]\n]', 2],
])('instances that are %s are counted and left alone (vectors 76, 77)', (_what, instances, rows) => {
  const json = ` {"instances":${instances}}\n`;
  const request = read(json);
  expect(request.rows).toBe(rows);
  expect(json.slice(request.instances.start, request.instances.end)).toBe(instances);
  expect(request.rest.size).toBe(0);
});

it('what stands beside the instances is kept to the letter, before and behind', () => {
  const json = '{"signature_name":"s\\u0061","instances":[1],"\\u0061":{"b": [1.0 ,2]},"__proto__":null,"n":1.50}';
  expect([...read(json).rest]).toEqual([
    ['signature_name', '"s\\u0061"'],
    ['a', '{"b": [1.0 ,2]}'],
    ['__proto__', 'null'],
    ['n', '1.50'],
  ]);
});

it.each<[string, Unmergeable]>([
  ['', 'malformed'],
  ['[]', 'malformed'],
  ['{}', 'malformed'],
  ['{"signature_name":"s"}', 'malformed'],
  ['{"instances":{}}', 'malformed'],
  ['{"instances":"[1]"}', 'malformed'],
  ['{"instances":[1,]}', 'malformed'],
  ['{"instances":[1]}x', 'malformed'],
  ['{"instances":[1],"\\ud83d":1}', 'malformed'],
  ['{"instances":[]}', 'shape'],
  ['{"instances":[ ]}', 'shape'],
  ['{"inputs":[1]}', 'columnar'],
  ['{"inputs":{"x":[1]}}', 'columnar'],
  ['{"instances":[1],"inputs":[1]}', 'columnar'],
  ['{"\\u0069nputs":[1]}', 'columnar'],
  ['{"instances":[1],"instances":[2]}', 'duplicate_key'],
  ['{"instances":[1],"\\u0069nstances":[2]}', 'duplicate_key'],
  ['{"a":1,"instances":[1],"a":1}', 'duplicate_key'],
])('%s is refused as %s', (json, reason) => {
  expect(readPredictRequest(Buffer.from(json))).toBe(reason);
});

it('is refused when nested without end', () => {
  for (const opening of ['[', '{"a":', '[{"a":']) {
    expect(readPredictRequest(Buffer.from(`{"instances":${opening.repeat(500_000)}`))).toBe('malformed');
    expect(readPredictRequest(Buffer.from(`{"instances":[1],"rest":${opening.repeat(500_000)}`))).toBe('malformed');
  }
});
