// The shape of V1's rows is their nesting; what is no such body has none.
import { expect, it } from 'vitest';
import { readV1Heads } from '../../../../src/dev/inspector/view/v1-heads.ts';

const headsOf = (side: 'request' | 'response', text: string) => readV1Heads(side, Buffer.from(text));

it.each<[text: string, shape: readonly number[]]>([
  ['{"instances":[[1,2,3,4],[5,6,7,8]]}', [2, 4]],
  ['{"instances":[[[1],[2]]],"signature_name":"x"}', [1, 2, 1]],
  ['{"instances":["a","b"]}', [2]],
  ['{"instances":[{"x":[1,2]}]}', [1]],
  ['{"instances":[]}', [0]],
  [`{"instances":${'['.repeat(5000)}${']'.repeat(5000)}}`, [1, 1, 1, 1, 1, 1, 1, 1]],
])('of %j', (text, shape) => {
  expect(headsOf('request', text)).toEqual([{ name: 'instances', datatype: 'JSON', shape }]);
});

it('of an answer are its predictions', () => {
  expect(headsOf('response', '{"predictions":[0.5,0.25]}')).toEqual([
    { name: 'predictions', datatype: 'JSON', shape: [2] },
  ]);
  expect(headsOf('request', '{"predictions":[1]}')).toEqual([]);
});

it.each(['', 'no JSON', '[]', 'null', '{"instances":{"x":[1]}}', '{"instances":[1'])('of %j there are none', (text) => {
  expect(headsOf('request', text)).toEqual([]);
});
