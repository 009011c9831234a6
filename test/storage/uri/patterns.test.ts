// Does a pattern mean what Python's fnmatch.fnmatchcase says? The expectations of the first tables are its own answers.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFilter } from '../../../src/storage/uri/patterns.ts';
import { seed } from '../../support/seed.ts';

describe('fnmatch', () => {
  it.each([
    ['*', ''],
    ['*', 'a/b/c'],
    ['*.json', 'a/b.json'],
    ['model/*', 'model/a/b'],
    ['**/*.bin', 'a/x.bin'],
    ['?', '/'],
    ['?', '😀'],
    ['a?c', 'a\nc'],
    ['[abc]x', 'bx'],
    ['[a-c]', 'b'],
    ['[!a-c]', 'd'],
    ['[!a-c]', '/'],
    ['[]]', ']'],
    ['[]-a]', '^'],
    ['[!]a]', 'b'],
    ['[a-]', '-'],
    ['[-a]', '-'],
    ['[--0]', '.'],
    ['[a-c-e]', '-'],
    ['[a-c-e]', 'e'],
    ['[^a]', '^'],
    ['[^a]', 'a'],
    ['[!z-a]', 'q'],
    ['[\\]', '\\'],
    ['[[]', '['],
    ['[a&&b]', '&'],
    ['[', '['],
    ['[!', '[!'],
    ['[!]', '[!]'],
    ['[]', '[]'],
    ['a[b', 'a[b'],
    ['[😀-😂]', '😁'],
    ['a.b', 'a.b'],
    ['(a|b)+$', '(a|b)+$'],
    ['', ''],
    ['*a*b*c', 'xxaybzbcc'],
  ])('%j means %j', (pattern, path) => {
    expect(matchesPattern(pattern, path)).toBe(true);
  });

  it.each([
    ['', 'a'],
    ['?', ''],
    ['*.json', 'a.JSON'],
    ['*.json', 'a.json.bak'],
    ['*.json', 'ajson'],
    ['model/*', 'model'],
    ['model/*', 'models/a'],
    ['[abc]', 'ab'],
    ['[!a]', 'a'],
    ['[!a]', ''],
    ['[z-a]', 'q'],
    ['[^a]', 'b'],
    ['[a-c-e]', 'd'],
    ['[!]a]', ']'],
    ['a.b', 'axb'],
    ['\\*', 'x'],
    ['*a*b*c', 'xxaybzb'],
    ['ab*bc', 'abc'],
    ['**/x', 'x'],
  ])('%j does not mean %j', (pattern, path) => {
    expect(matchesPattern(pattern, path)).toBe(false);
  });

  it('a folder with its "/" means all below it', () => {
    expect(matchesPattern('onnx/', 'onnx/a/b')).toBe(true);
    expect(matchesPattern('onnx/', 'onnx')).toBe(false);
  });

  it('a text without special characters means itself, and a star may stand for any part of it', () => {
    // Whole characters: two halves of a surrogate pair would join into one that neither text has, and no key has halves.
    const plain = fc.string({ unit: 'binary' }).filter((text) => !/[*?[]/.test(text) && !text.endsWith('/'));
    fc.assert(
      fc.property(plain, plain, plain, (front, middle, back) => {
        expect(matchesPattern(front, front)).toBe(true);
        expect(matchesPattern(`${front}*${back}`, front + middle + back)).toBe(true);
        expect(matchesPattern(`*${middle}*`, front + middle + back)).toBe(true);
        expect(matchesPattern(front, `${front}x`)).toBe(false);
      }),
      { seed },
    );
  });

  it('no pattern takes more steps than its length times that of the path', () => {
    // As a regular expression with backtracking each of these would outlast the universe.
    expect(matchesPattern(`${'*a'.repeat(500)}b`, 'a'.repeat(4_000))).toBe(false);
    expect(matchesPattern(`${'*'.repeat(5_000)}b`, 'a'.repeat(4_000))).toBe(false);
    expect(matchesPattern('[!b]*'.repeat(500).concat('b'), 'a'.repeat(4_000))).toBe(false);
  });
});

describe('a filter', () => {
  it.each([
    [[], [], ['a.json', 'b.bin', 'x/c.bin']],
    [['*.json'], [], ['a.json']],
    [['*.json', 'x/*'], [], ['a.json', 'x/c.bin']],
    [[], ['*.bin'], ['a.json']],
    [['*'], ['x/*'], ['a.json', 'b.bin']],
    [['*.bin'], ['*.bin'], []],
  ])('that allows %j and ignores %j takes %j', (allow, ignore, taken) => {
    expect(['a.json', 'b.bin', 'x/c.bin'].filter(readFilter({ allow, ignore }))).toEqual(taken);
  });
});

function matchesPattern(pattern: string, path: string): boolean {
  return readFilter({ allow: [pattern], ignore: [] })(path);
}
