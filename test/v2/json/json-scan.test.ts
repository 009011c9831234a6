import { describe, expect, it } from 'vitest';
import { scanValues, seekElements } from '../../../src/v2/json/json-array.ts';
import {
  lexeme,
  malformed,
  readArray,
  readObject,
  skipScalar,
  skipSpace,
  skipString,
  skipValue,
} from '../../../src/v2/json/json-scan.ts';
import { parseLoosely, pick, randomArray } from '../../support/json-documents.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';

const random = seededRandom(seed);
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const whole = (text: string): boolean => skipValue(bytes(text), 0, 0) === text.length;

describe('skipValue', () => {
  it.each([
    '1',
    '-0',
    'true',
    'false',
    'null',
    'NaN',
    'Infinity',
    '-Infinity',
    'Inf',
    '-Inf',
    '""',
    '{}',
    '[]',
    '{"":{"a":[]}}',
  ])('reads %s', (text) => expect(whole(text)).toBe(true));

  it.each([
    '',
    ' ',
    'nan',
    'True',
    'nul',
    'nulll',
    '+Infinity',
    '-NaN',
    '01',
    '1abc',
    '1"',
    'true[',
    '"',
    "'a'",
    '\ufeff1',
    '{"a"}',
    '{"a":}',
    '{a:1}',
  ])('refuses %s', (text) => expect(skipValue(Buffer.from(text), 0, 0)).toBe(malformed));

  it.each([
    '{"a":1,}',
    '{,}',
    '{"a":1 "b":2}',
    '{"a",1}',
    '{1:2}',
    '[1,]',
    '[1}',
    '{"a":1]',
    '[1;2]',
    '[1]]',
    '//1',
    '[1,//\n2]',
  ])('refuses %s as a whole', (text) => expect(whole(text)).toBe(false));

  it('judges every document with a byte changed, put in or taken away as JSON.parse does', () => {
    for (let n = 0; n < 8000; n += 1) {
      const text = `{"a":${randomArray({ random, spaced: n % 2 === 0 })},"b\\n":1}`;
      const at = Math.floor(random() * text.length);
      const byte = pick(random, [...'[]{},:"\\ \n\t019-+.eEtfnNaIu/\x00\x1f\x7f\x80\xff', '']);
      const changed = text.slice(0, at) + byte + text.slice(at + pick(random, [0, 1]));
      const end = skipValue(bytes(changed), skipSpace(bytes(changed), 0), 0);
      const read = end !== malformed && skipSpace(bytes(changed), end) === bytes(changed).length;
      const source = bytes(changed).toString('latin1');
      expect([read, source]).toEqual([parseLoosely(source) !== undefined, source]);
    }
  });

  it('goes 100 levels down, arrays and objects counted alike', () => {
    const nested = (levels: number): string => `${'[{"a":'.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`;
    expect(whole(nested(100))).toBe(true);
    expect(whole(`[${nested(100)}]`)).toBe(false);
    expect(skipValue(bytes(nested(100)), 0, 1)).toBe(malformed);
    expect(skipValue(bytes('['.repeat(1_000_000)), 0, 0)).toBe(malformed);
  });
});

describe('skipString', () => {
  it('ends at the first quote without a backslash', () => {
    for (const text of [
      '""',
      '"a"',
      '"\\""',
      '"\\\\"',
      '"\\u005D\\n\\/"',
      '"],{"',
      '"\x7f\x80\xff"',
      `"${'\\\\'.repeat(999)}"`,
    ]) {
      expect(skipString(bytes(`${text}",`), 0)).toBe(text.length);
    }
  });

  it('refuses broken escapes, control bytes and missing ends', () => {
    const broken = [
      '"',
      '"\\',
      '"\\"',
      '"\\q"',
      '"\\u12"',
      '"\\u12g4"',
      '"\\u 123"',
      '"\\u\x10\x11\x12\x13"',
      '"\n"',
      '"\x00"',
      '"\\\n"',
      '"\\\x80"',
      'a"',
    ];
    for (const text of broken) expect([text, skipString(bytes(text), 0)]).toEqual([text, malformed]);
  });
});

describe('skipScalar', () => {
  it('takes a token for one only when it ends where it ends', () => {
    for (const text of ['1', '1,', '1]', '1}', '1 ', '1\n', 'NaN,', '-Inf]'])
      expect(skipScalar(bytes(text), 0)).toBeGreaterThan(0);
    for (const text of ['1abc', '1"', '1[', '1:', '1\x80', 'Infin', 'NaN1', 'truefalse'])
      expect(skipScalar(bytes(text), 0)).toBe(malformed);
  });
});

describe('readArray and readObject', () => {
  it('hand every element and field to their reader, a level deeper', () => {
    const text = bytes('{ "a" : [ 1 , [2],"b" ] ,"a":{}}');
    const seen: unknown[] = [];
    const end = readObject(text, 0, {
      depth: 3,
      field(_, at, depth, name) {
        seen.push([lexeme(text, name), depth]);
        if (text[at] !== 0x5b) return skipValue(text, at, depth);
        return readArray(text, at, {
          depth,
          element(_, start, level) {
            const stop = skipValue(text, start, level);
            seen.push([lexeme(text, { start, end: stop }), level]);
            return stop;
          },
        });
      },
    });
    expect(end).toBe(text.length);
    expect(seen).toEqual([
      ['"a"', 4],
      ['1', 5],
      ['[2]', 5],
      ['"b"', 5],
      ['"a"', 4],
    ]);
  });

  it('stop at the 100th level', () => {
    const element = skipValue;
    expect(readArray(bytes('[1]'), 0, { depth: 99, element })).toBe(3);
    expect(readArray(bytes('[1]'), 0, { depth: 100, element })).toBe(malformed);
    expect(readObject(bytes('{}'), 0, { depth: 100, field: element })).toBe(malformed);
  });
});

describe('hostile texts', () => {
  /** Bytes looked at by `read`. */
  function looksAt(text: string, read: (text: Uint8Array) => unknown): number {
    let looks = 0;
    const watched = new Proxy(bytes(text), {
      get(target, key) {
        looks += 1;
        const value = Reflect.get(target, key, target) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    read(watched);
    return looks;
  }

  const texts: Record<string, (size: number) => string> = {
    'empty arrays': (size) => `[${'[],'.repeat(size)}[]]`,
    'unclosed arrays': (size) => '['.repeat(size),
    'nested to the limit, again and again': (size) => `[${`${'['.repeat(99)}${']'.repeat(99)},`.repeat(size / 100)}1]`,
    'objects nested to the limit': (size) => `[${`${'{"a":'.repeat(90)}1${'}'.repeat(90)},`.repeat(size / 100)}1]`,
    backslashes: (size) => `["${'\\\\'.repeat(size)}"]`,
    'an unclosed string': (size) => `["${'\\"'.repeat(size)}`,
    'white space': (size) => `[${' '.repeat(size)}1${' \n'.repeat(size)},2${' '.repeat(size)}]`,
    'a long number': (size) => `[${'1'.repeat(size)}.${'0'.repeat(size)}e${'0'.repeat(size)}x]`,
  };

  it.each(Object.keys(texts))('are read in one pass: %s', (name) => {
    const make = texts[name] as (size: number) => string;
    const text = make(2000);
    for (const read of [
      (bytes: Uint8Array) => scanValues(bytes, 0, 0),
      (bytes: Uint8Array) => skipValue(bytes, 0, 0),
      (bytes: Uint8Array) => seekElements(bytes, { start: 0, end: bytes.length }, [0, 1]),
    ]) {
      expect(looksAt(text, read)).toBeLessThan(16 * text.length);
    }
  });
});
