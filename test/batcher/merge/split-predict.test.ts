import { describe, expect, it } from 'vitest';
import { splitPredict } from '../../../src/batcher/merge/split-predict.ts';
import { readable } from '../../support/merge-texts.ts';

function split(text: string, rows: readonly number[] = [1, 2]) {
  return splitPredict({ body: Buffer.from(text), rows })?.map((member) => readable(member).json) ?? null;
}

describe('a V1 answer', () => {
  it('becomes the same object with the predictions of each member (vectors 76, A13)', () => {
    expect(split('{"predictions":[1,2,3],"extra":true}')).toEqual([
      '{"predictions":[1],"extra":true}',
      '{"predictions":[2,3],"extra":true}',
    ]);
  });

  it('keeps what predictions are made of, as it was written', () => {
    const predictions = [String.raw`{"x":[1,-0.0],"y":"\"],"}`, '[[1e400],NaN]', '9007199254740993'];
    expect(split(`\n{ "k" : [1,2] , "predictions" : [ ${predictions.join(' , ')} ] } `)).toEqual([
      `\n{ "k" : [1,2] , "predictions" : [${predictions[0]}] } `,
      `\n{ "k" : [1,2] , "predictions" : [${predictions[1]} , ${predictions[2]}] } `,
    ]);
  });

  it('keeps bytes that are no UTF-8', () => {
    const body = Buffer.from('{"predictions":["\xff","\xfe"]}', 'latin1');
    const parts = splitPredict({ body, rows: [1, 1] })?.map((member) => Buffer.concat(member.parts).toString('latin1'));
    expect(parts).toEqual(['{"predictions":["\xff"]}', '{"predictions":["\xfe"]}']);
  });

  it('that is large is not copied', () => {
    const large = `"${'x'.repeat(50_000)}"`;
    const body = Buffer.from(`{"predictions":[${large},${large}]}`);
    const members = splitPredict({ body, rows: [1, 1] });
    expect(members?.map(({ parts }) => parts.filter(({ buffer }) => buffer === body.buffer).length)).toEqual([1, 1]);
  });

  it.each([
    ['a prediction too few', '{"predictions":[1,2]}'],
    ['a prediction too many', '{"predictions":[1,2,3,4]}'],
    ['three in one', '{"predictions":[[1,2,3]]}'],
    ['beside something else for each instance', '{"predictions":[1,2,3],"scores":[9,8,7]}'],
    ['named outputs', '{"predictions":{"a":[1,2,3]}}'],
    ['predictions twice', '{"predictions":[1,2,3],"predictions":[4,5,6]}'],
    ['predictions twice, once with an escape', '{"predictions":[1,2,3],"predictio\\u006es":[4,5,6]}'],
    ['predictions further inside', '{"a":{"predictions":[1,2,3]}}'],
    ['an error', '{"error":"no"}'],
    ['an array', '[1,2,3]'],
    ['a cut', '{"predictions":[1,2,3]'],
    ['more behind it', '{"predictions":[1,2,3]}{}'],
    ['nothing', ''],
  ])('is not split when it is %s', (_, text) => {
    expect(split(text)).toBeNull();
  });
});
