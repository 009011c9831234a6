import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonBreak } from '../../../src/puller/models-file/json-break.ts';
import { seed } from '../../support/seed.ts';

const at = (line: number, column: number, expected: string) => ({ line, column, expected });

describe('the place where a text stops being JSON', () => {
  it.each([
    ['', at(1, 1, 'a value')],
    ['{x', at(1, 2, 'a name in double quotes')],
    ['[1,x]', at(1, 4, 'a value')],
    ['[1,]', at(1, 4, 'a value')],
    ['[', at(1, 2, 'a value')],
    ['[NaN]', at(1, 2, 'a value')],
    ['[-Infinity]', at(1, 2, 'a value')],
    ['[tru]', at(1, 2, 'a value')],
    ['["abc', at(1, 2, 'a value')],
    ['["a\\x"]', at(1, 2, 'a value')],
    ['[01]', at(1, 2, 'a value')],
    ['[{"a":1,}]', at(1, 9, 'a name in double quotes')],
    ['[{"a" "b"}]', at(1, 7, '":"')],
    ['[{"a":1]', at(1, 8, '"," or "}"')],
    ['[[1 2]]', at(1, 5, '"," or "]"')],
    ['[1]\n 2', at(2, 2, 'nothing more')],
    ['[]]', at(1, 3, 'nothing more')],
    ['[{},[],\n  {"modelName": "é" "x"}]', at(2, 22, '"," or "}"')],
  ])('of %j is told', (text, place) => {
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(findJsonBreak(Buffer.from(text))).toEqual(place);
  });

  it('is the end for every text that is JSON, and is inside of it when a byte is cut off', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const bytes = Buffer.from(text);
        expect(findJsonBreak(bytes)).toEqual(at(1, bytes.length + 1, 'nothing more'));
        const cut = findJsonBreak(Buffer.from(`[${text}`));
        expect(cut).toEqual(at(1, bytes.length + 2, '"," or "]"'));
      }),
      { seed },
    );
  });

  it('is found in arrays a hundred thousand deep', () => {
    const deep = '['.repeat(100_000);
    expect(findJsonBreak(Buffer.from(deep))).toEqual(at(1, 100_001, 'a value'));
  });
});
