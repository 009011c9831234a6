import { expect, it } from 'vitest';
import { mergePredict } from '../../../src/batcher/merge/merge-predict.ts';
import { predictRequest, readable } from '../../support/merge-texts.ts';

function merged(...texts: readonly string[]) {
  return readable(mergePredict(texts.map(predictRequest)));
}

it('instances stay nested, and the other keys are those of the first (vector A13)', () => {
  const [a, b] = [
    '{"instances":[[9007199254740993]],"signature_name":"s"}',
    '{"signature_name":"s","instances":[[2],[3]]}',
  ];
  expect(merged(a, b)).toEqual({
    json: '{"instances":[[9007199254740993],[2],[3]],"signature_name":"s"}',
    blobs: null,
  });
  expect(merged(b, a).json).toBe('{"signature_name":"s","instances":[[2],[3],[9007199254740993]]}');
});

it('instances of any form are joined as they were written (vector 77)', () => {
  const a = '{ "instances" : [ {"b64":"AA=="} , "],[" ] , "k" : 1.0 }\n';
  const b = String.raw`{"k":1.0,"instances":[{"x":[1,-0.0,1e400],"y":"\"]"},NaN]}`;
  const joined = String.raw`[{"b64":"AA=="} , "],[",{"x":[1,-0.0,1e400],"y":"\"]"},NaN]`;
  expect(merged(a, b).json).toBe(`{ "instances" : ${joined} , "k" : 1.0 }\n`);
});

it('large instances are passed on without a copy', () => {
  const large = predictRequest(`{"instances":["${'x'.repeat(100_000)}"]}`);
  const { parts } = mergePredict([large, large, large]);
  expect(parts.filter(({ buffer }) => buffer === large.body.buffer)).toHaveLength(3);
});
