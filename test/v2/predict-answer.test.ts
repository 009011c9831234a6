import { expect, it } from 'vitest';
import { lexeme } from '../../src/v2/json/json-scan.ts';
import { readPredictAnswer } from '../../src/v2/predict-answer.ts';

it('the predictions of a V1 answer are found at its top, whatever stands beside them', () => {
  const body = Buffer.from('{"a":{"predictions":[9]},"\\u0070redictions": [ [1,2], {"b":[3]}, NaN ] ,"z":"]"} ');
  const answer = readPredictAnswer(body);
  expect(answer?.predictions).toMatchObject({ elements: 3, hasObjects: true });
  expect(answer && lexeme(body, answer.predictions)).toBe('[ [1,2], {"b":[3]}, NaN ]');
});

it.each(['', '{}', '[]', '{"predictions":1}', '{"predictions":[1]}x', '{"predictions":[1],"predictions":[1]}'])(
  '%j has no predictions to tell apart',
  (text) => {
    expect(readPredictAnswer(Buffer.from(text))).toBeNull();
  },
);
