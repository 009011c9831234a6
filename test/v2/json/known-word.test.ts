// Words told from bytes: the same answer as comparing strings would give.
import { expect, it } from 'vitest';
import { findWord, knownWords } from '../../../src/v2/json/known-word.ts';

const words = knownWords(['name', 'data', 'datatype']);

function find(json: string): string | undefined {
  const text = Buffer.from(`[${json}]`);
  return findWord(text, { start: 1, end: text.length - 1 }, words)?.text;
}

it.each([
  ['"name"', 'name'],
  ['"data"', 'data'],
  ['"datatype"', 'datatype'],
  ['"\\u006eame"', 'name'],
  ['"d\\u0061ta"', 'data'],
  ['"dat"', undefined],
  ['"datat"', undefined],
  ['"Name"', undefined],
  ['""', undefined],
  ['"name\\u0000"', undefined],
  ['"\\u006ename\\q"', undefined],
])('%s is %s', (json, expected) => {
  expect(find(json)).toBe(expected);
});

it('each has a bit of its own', () => {
  expect(words.map(({ bit }) => bit)).toEqual([1, 2, 4]);
});
