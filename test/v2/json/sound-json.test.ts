import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSoundJson } from '../../../src/v2/json/sound-json.ts';
import { seed } from '../../support/seed.ts';

/** The same question to JSON.parse. */
function isSound(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return isWellFormed(JSON.parse(text));
  } catch {
    return false;
  }
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, one]) => name.isWellFormed() && isWellFormed(one));
}

function expectAgreement(bytes: Uint8Array): void {
  expect([isSoundJson(bytes), Buffer.from(bytes).toString('latin1')]).toEqual([
    isSound(bytes),
    Buffer.from(bytes).toString('latin1'),
  ]);
}

const document = fc
  .tuple(fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }), fc.constantFrom(undefined, 1, '\t', '  '))
  .map(([value, space]) => Buffer.from(JSON.stringify(value, null, space)));
const bits = [
  ...'{}[]:,"\\ \t\n0123456789.eE+-tfnulrasNI',
  '\\u00e9',
  '\\ud83d',
  '\\ude00',
  '\\uDBff',
  '\\n',
  '\\x',
  'true',
  'null',
  '"a"',
  '"a":',
  '[1,2]',
  'é',
  '\0',
];

describe('isSoundJson', () => {
  it('agrees with JSON.parse on documents', () => {
    fc.assert(fc.property(document, expectAgreement), { seed, numRuns: 500 });
  });

  it('agrees with JSON.parse on documents with a byte changed, taken out or put in, and on their beginnings', () => {
    fc.assert(
      fc.property(document, fc.nat(), fc.nat({ max: 255 }), (text, where, byte) => {
        const at = where % text.length;
        const [before, after] = [text.subarray(0, at), text.subarray(at + 1)];
        for (const changed of [[byte], [], [byte, text[at]!]]) {
          expectAgreement(Buffer.concat([before, Uint8Array.from(changed), after]));
        }
        expectAgreement(before);
      }),
      { seed, numRuns: 1000 },
    );
  });

  it('agrees with JSON.parse on arrays and strings of odds and ends', () => {
    const pieces = fc.array(fc.constantFrom(...bits), { maxLength: 12 }).map((some) => some.join(''));
    fc.assert(
      fc.property(pieces, (text) => {
        for (const whole of [text, `[${text}]`, `"${text}"`, `[1,${text},2]`]) expectAgreement(Buffer.from(whole));
      }),
      { seed, numRuns: 2000 },
    );
  });

  it.each([
    '0',
    '-0',
    '1.5e+9',
    ' [ ] ',
    '{}',
    '[{"a":[]},-1,0.0,"\\ud83d\\ude00"]',
    '[0,1,20, -3.25 ,4]',
    '"\\\\ud800"',
    '1e999',
  ])('takes %s', (text) => {
    expect(isSoundJson(Buffer.from(text))).toBe(true);
  });

  it.each([
    '"\\u\u00100000"', // a control character that looks like a digit with one bit more
    '',
    ' ',
    '01',
    '[01,2]',
    '[1,]',
    '[,1]',
    '[1,2,]',
    '-',
    '1.',
    '.5',
    '+1',
    '1e',
    '[1.,2]',
    '[1 2]',
    '{"a":1,}',
    '{"a"}',
    '{1:2}',
    '[}',
    'nul',
    'nullx',
    '1,2',
    '"\t"',
    '"\\ud83d"',
    '"\\ud83d\\u0041"',
    '"\\udc00"',
    '"\\u12g4"',
    '[NaN]',
    '[-Infinity]',
    '\u00a0[]',
  ])('refuses %j', (text) => {
    expect(isSoundJson(Buffer.from(text))).toBe(false);
  });

  it('refuses broken UTF-8, and more than a hundred levels', () => {
    expect(isSoundJson(Buffer.from('["\xff"]', 'latin1'))).toBe(false);
    const nested = (levels: number): Buffer => Buffer.from('['.repeat(levels) + ']'.repeat(levels));
    expect([isSoundJson(nested(100)), isSoundJson(nested(101))]).toEqual([true, false]);
  });
});
