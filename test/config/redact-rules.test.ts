import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRedactRule, redactRules } from '../../src/config/redact-rules.ts';
import { seed } from '../support/seed.ts';

describe('a rule of redaction', () => {
  it.each<[string, readonly (string | number)[]]>([
    ['$.a', ['a']],
    ['$.a.b[*].c', ['a', 'b', '*', 'c']],
    ['$.*[0]', ['*', 0]],
    ["$['a b'][0]", ['a b', 0]],
    ['$["a b"][ 12 ][ * ]', ['a b', 12, '*']],
    ['$.user-id._x.größe.a1', ['user-id', '_x', 'größe', 'a1']],
    [`$['it\\'s "so"']`, [`it's "so"`]],
    [`$['a\\\\"b']`, ['a\\"b']],
    ['$["it\'s \\"so\\""]', [`it's "so"`]],
    ["$['\\u00e9\\n']['']", ['é\n', '']],
    ["$['__proto__']", ['__proto__']],
    ["$['a.b[0]']", ['a.b[0]']],
  ])('%s is a path', (text, steps) => {
    expect(readRedactRule(text)).toEqual({ kind: 'path', steps });
  });

  it.each([
    ['tensor:INPUT__0', 'INPUT__0'],
    ['tensor: a.b[*] ', 'a.b[*]'],
  ])('%s is a tensor', (text, name) => {
    expect(readRedactRule(text)).toEqual({ kind: 'tensor', name });
  });

  it.each([
    ...['', '$', 'a', 'a.b', '.a', '$a', '$.', '$..a', '$.a.', '$.a b', '$.0', '$.a[', '$.a[]', '$.a]', '$ .a'],
    ...['$[-1]', '$[01]', '$[1:2]', '$[0,1]', '$[?(@.a)]', '$[?@.a]', '$[a]', "$['a]", '$["a\']', "$['a'b']"],
    ...[
      "$['a']x",
      "$['\\x']",
      "$['\\u12']",
      "$['*']",
      "$.a['*'].b",
      '$[*',
      '$[9999999999999999]',
      'tensor:',
      'tensor: ',
      'Tensor:a',
    ],
  ])('%j is none', (text) => {
    expect(readRedactRule(text)).toBeUndefined();
  });

  it('of any names is read back as they are', () => {
    const step = fc.oneof(
      fc.nat(),
      fc.string({ unit: 'grapheme' }).filter((name) => name !== '*'),
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 1 }), (steps) => {
        const path = steps.map((name) => `[${JSON.stringify(name)}]`).join('');
        expect(readRedactRule(`$${path}`)).toEqual({ kind: 'path', steps });
      }),
      { seed, numRuns: 200 },
    );
  });

  it('no text makes the reader throw, however long', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...`$.a[]'"\\*0: u`) }), (text) => {
        readRedactRule(`$${text}`);
      }),
      { seed, numRuns: 500 },
    );
    expect(readRedactRule(`$['${'\\'.repeat(100_001)}`)).toBeUndefined();
    expect(readRedactRule(`$${'[ '.repeat(50_000)}`)).toBeUndefined();
  });
});

describe('a list of them', () => {
  it('is one rule an entry, and one that is none spoils it', () => {
    const rules = redactRules.read('$.a, tensor:b ,"$[\'c,d\']"');
    expect(rules?.map(({ rule }) => rule)).toEqual([
      { kind: 'path', steps: ['a'] },
      { kind: 'tensor', name: 'b' },
      { kind: 'path', steps: ['c,d'] },
    ]);
    expect(redactRules.read("$.a,$['c,d']")).toBeUndefined();
    expect(redactRules.read('')).toEqual([]);
  });

  it('is shown as it may be written', () => {
    const text = '$.a,"$[""b,c""]",tensor:d';
    const rules = redactRules.read(text) ?? [];
    expect(redactRules.show(rules)).toBe(text);
    expect(redactRules.read(text)).toEqual(rules);
  });
});
