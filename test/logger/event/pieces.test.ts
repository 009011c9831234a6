import { expect, it } from 'vitest';
import { joinPieces } from '../../../src/logger/event/pieces.ts';

it.each([
  [[], ''],
  [['one'], 'one'],
  [['one', '', 'two'], 'onetwo'],
])('%j are the bytes of %j', (texts, joined) => {
  expect(joinPieces(texts.map((text) => new TextEncoder().encode(text))).toString()).toBe(joined);
});

it.each([
  ['a buffer', Buffer.from('0123456789')],
  ['an array', new TextEncoder().encode('0123456789')],
])('one piece, %s, is not copied, and nothing around it is seen', (_what, bytes) => {
  const joined = joinPieces([bytes.subarray(3, 5)]);
  expect(joined.toString()).toBe('34');
  expect(joined.buffer).toBe(bytes.buffer);
});
