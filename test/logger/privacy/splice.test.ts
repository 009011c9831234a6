// Is a text put together right around what is replaced?
import { expect, it } from 'vitest';
import { splice } from '../../../src/logger/privacy/splice.ts';

const text = Buffer.from('xx0123456789').subarray(2); // a view, as chunks are

it.each([
  [[], '0123456789'],
  [[[0, 10]], '"***"'],
  [[[0, 1]], '"***"123456789'],
  [[[9, 10]], '012345678"***"'],
  [
    [
      [2, 4],
      [4, 5],
    ],
    '01"***""***"56789',
  ],
  [
    [
      [7, 8],
      [1, 2],
    ],
    '0"***"23456"***"89',
  ],
  [
    [
      [2, 4],
      [1, 8],
      [8, 9],
      [3, 4],
    ],
    '0"***""***"9',
  ],
  [
    [
      [1, 3],
      [1, 8],
    ],
    '0"***"89',
  ],
] as const)('without %j', (spans, expected) => {
  const spliced = splice(
    text,
    spans.map(([start, end]) => ({ start, end })),
  );
  expect(Buffer.from(spliced).toString()).toBe(expected);
});
