// Is every secret in JSON replaced, every other byte left as it was, and what cannot be read refused?
import { describe, expect, it } from 'vitest';
import { redactJson } from '../../../src/logger/privacy/redact-json.ts';
import { left, rulesOf } from '../../support/redaction.ts';

function redact(rules: readonly string[], text: string): string | null {
  return left(text, redactJson(Buffer.from(text), rulesOf(rules)));
}

describe('the values at a path', () => {
  const cases: readonly (readonly [rules: string, text: string, expected: string])[] = [
    ['ssn', '{"ssn":"1"}', '{"ssn":"***"}'],
    ['ssn', ' {\t"ssn" :\n 1 , "b": 2.50 }\r\n', ' {\t"ssn" :\n "***" , "b": 2.50 }\r\n'],
    ['ssn', '{"a":{"ssn":1},"b":[{"ssn":2}]}', '{"a":{"ssn":1},"b":[{"ssn":2}]}'],
    ['a', '{"a":{"b":[1,{"c":2}]},"d":1e400}', '{"a":"***","d":1e400}'],
    ['a', '{"a":[[1,2],[3]],"b":[1]}', '{"a":"***","b":[1]}'],
    ['a', '{"a":null,"aa":true,"A":false,"":0}', '{"a":"***","aa":true,"A":false,"":0}'],
    ['a.b', '{"a":{"b":1,"c":2},"b":3}', '{"a":{"b":"***","c":2},"b":3}'],
    ['a.b', '{"a":[{"b":1}]}', '{"a":[{"b":1}]}'],
    ['instances.*.ssn', '{"instances":[{"ssn":1},{},{"ssn":2}]}', '{"instances":[{"ssn":"***"},{},{"ssn":"***"}]}'],
    ['instances.*.ssn', '{"instances":{"x":{"ssn":1}}}', '{"instances":{"x":{"ssn":"***"}}}'],
    ['instances.1', '{"instances":[1,2,3]}', '{"instances":[1,"***",3]}'],
    ['instances.1', '{"instances":{"1":2}}', '{"instances":{"1":2}}'],
    ['instances.*.0', '{"instances":[[1,2],[],[3]]}', '{"instances":[["***",2],[],["***"]]}'],
    ['*', '{"a":1,"b":[2]}', '{"a":"***","b":"***"}'],
    ['*.*', '[[1],{"a":2},3]', '[["***"],{"a":"***"},3]'],
    ['0.a', '[{"a":1},{"a":1}]', '[{"a":"***"},{"a":1}]'],
    ['$', '{"a":1}', '"***"'],
    ['$', '"text"', '"***"'],
    ['a', '"text"', '"text"'],
    ['a.b a', '{"a":{"b":1}}', '{"a":"***"}'],
    [
      'a.*.c a.b.d',
      '{"a":{"b":{"c":1,"d":2,"e":3},"x":{"c":4,"d":5}}}',
      '{"a":{"b":{"c":"***","d":"***","e":3},"x":{"c":"***","d":5}}}',
    ],
    ['*.1 a.0', '{"a":[1,2,3],"b":[1,2]}', '{"a":["***","***",3],"b":[1,"***"]}'],
    ['a b', '{"b":1,"c":2,"a":3}', '{"b":"***","c":2,"a":"***"}'],
    ['ä', '{"ä":1,"a":2}', '{"ä":"***","a":2}'],
    ['error', '{"error": "no such user: Anna"}', '{"error": "***"}'],
    ['a', '{"b":[NaN,-Infinity],"a":NaN}', '{"b":[NaN,-Infinity],"a":"***"}'],
  ];

  it.each(cases)('%s of %s: %s', (rules, text, expected) => {
    expect(redact(rules.split(' '), text)).toBe(expected);
  });

  it('go wherever a name comes twice', () => {
    const text = '{"a":{"s":1,"s":2},"a":{"s":3},"s":4}';
    expect(redact(['a.s'], text)).toBe('{"a":{"s":"***","s":"***"},"a":{"s":"***"},"s":4}');
  });

  it.each(['"\\u0073sn"', '"s\\u0073n"', '"\\u0073\\u0073\\u006E"'])('go when the name is spelled %s', (name) => {
    expect(redact(['ssn'], `{${name}:1,"x":2}`)).toBe(`{${name}:"***","x":2}`);
  });

  it.each([
    ['a"b', '"a\\"b"'],
    ['a/b', '"a\\/b"'],
    ['é', '"\\u00e9"'],
    ['😀', '"\\ud83d\\ude00"'],
    ['a\nb', '"a\\nb"'],
  ])('go for the name %j, spelled %s', (name, spelled) => {
    expect(redact([name], `{${spelled}:1}`)).toBe(`{${spelled}:"***"}`);
  });

  it('go at hundreds of rules', () => {
    const names = Array.from({ length: 300 }, (_, n) => `n${n}`);
    const text = JSON.stringify(Object.fromEntries([...names, 'kept'].map((name) => [name, 'secret'])));
    expect(redact(names, text)?.match(/secret/g)).toEqual(['secret']);
  });

  it('go behind arrays of numbers that are read in large steps, of one level and of more', () => {
    const flat = JSON.stringify(Array.from({ length: 5000 }, (_, n) => n / 7));
    const rows = JSON.stringify(Array.from({ length: 2000 }, (_, n) => [n, [n / 3], []]));
    const text = `{"flat":${flat},"rows":${rows},"s":[${flat}],"x":{"s":${rows}}}`;
    expect(redact(['s', 'x.s'], text)).toBe(`{"flat":${flat},"rows":${rows},"s":"***","x":{"s":"***"}}`);
  });

  it('are not looked for in bytes that no rule matches: the text is clean', () => {
    expect(redactJson(Buffer.from('{"a":1}'), rulesOf(['b', 'a.b', '0', 'tensor:x']))).toEqual({ kind: 'clean' });
  });
});

describe('several documents', () => {
  it('one behind the other are each redacted', () => {
    const text = '{"s":1}\n{"t":2}\r\n\n{"s":[3]}\n';
    expect(redact(['s'], text)).toBe('{"s":"***"}\n{"t":2}\r\n\n{"s":"***"}\n');
  });

  it('go all when one is none', () => {
    expect(redact(['s'], '{"s":1}\nbut {"s":2}\n')).toBeNull();
  });
});

describe('what is no JSON is unreadable', () => {
  const broken = [
    '',
    ' ',
    '{',
    '{"s":1',
    '{"s":1}}',
    '{"s":1},',
    '{s:1}',
    "{'s':1}",
    '{"s" 1}',
    '{"s":01}',
    '[1,]',
    '{"a":1,}',
  ];
  const strange = [
    '{"s":tru}',
    '{"a":"\\x"}',
    '{"a":"\n"}',
    '{"a":1 2}',
    '[1 2]',
    '{"a"}',
    '\ufeff{}',
    'ssn=1',
    '{"a":[1,}',
    '1abc',
    '{1:2}',
  ];
  it.each([...broken, ...strange])('%j', (text) => {
    for (const rules of [['s'], ['a.b'], ['*.*'], ['$'], ['tensor:x'], ['tensor:x', '*.*']]) {
      expect(redact(rules, text)).toBeNull();
    }
  });

  it.each([
    ['[', ']'],
    ['{"a":', '}'],
    ['[{"a":', '}]'],
  ])('deeper than 100 levels of %s', (open, close) => {
    const levels = open.length > 5 ? 2 : 1;
    const nested = (depth: number): string => `${open.repeat(depth / levels)}1${close.repeat(depth / levels)}`;
    for (const rules of [['s'], ['a.a'], ['*.*.*'], ['tensor:x'], ['a.0.a.0']]) {
      expect(redact(rules, nested(100))).not.toBeNull();
      expect(redact(rules, nested(102))).toBeNull();
      expect(redact(rules, nested(200_000))).toBeNull();
    }
  });

  it('a hundred thousand brackets that never close', () => {
    for (const text of ['['.repeat(100_000), '{"a":'.repeat(100_000)]) expect(redact(['a'], text)).toBeNull();
  });
});
