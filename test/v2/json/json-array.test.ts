import { describe, expect, it } from 'vitest';
import {
  type ArrayScan,
  cutElements,
  flatten,
  interior,
  scanArray,
  scanValues,
} from '../../../src/v2/json/json-array.ts';
import { isSpace, skipSpace } from '../../../src/v2/json/json-scan.ts';
import { arrayDepth, countLeaves, parseLoosely, pick, randomArray } from '../../support/json-documents.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';

const random = seededRandom(seed);

function scanned(text: Uint8Array): ArrayScan {
  const scan = scanArray(text, 0, 0);
  if (scan === null) throw new Error(`no array: ${Buffer.from(text).toString('latin1')}`);
  return scan;
}

function documents(count = 600): Buffer[] {
  return Array.from({ length: count }, (_, n) => {
    const size = n % 10 === 0 ? { maxElements: 60, maxLevels: 2 } : { maxElements: 5, maxLevels: 4 };
    return Buffer.from(randomArray({ random, spaced: n % 2 === 0, numbersOnly: n % 3 === 0, ...size }));
  });
}

/** The text is one array and nothing else, or JSON.parse must not see one either. */
function expectAgreement(text: Uint8Array, scan: ArrayScan | null): void {
  const whole = scan !== null && skipSpace(text, scan.end) === text.length;
  const value = text[0] === 0x5b ? parseLoosely(text) : undefined;
  const source = Buffer.from(text).toString('latin1');
  expect([whole, source]).toEqual([Array.isArray(value), source]);
  if (scan === null || !whole) return;
  const { elements, leaves } = scan;
  const expected = [(value as unknown[]).length, countLeaves(value), arrayDepth(value), source];
  expect([elements, leaves, scan.arrayDepth, source]).toEqual(expected);
}

function randomCounts(elements: number): number[] {
  const counts: number[] = [];
  for (let left = elements; left > 0 || random() < 0.2; ) {
    const count = Math.min(left, Math.floor(random() * 4));
    counts.push(count);
    left -= count;
  }
  return counts;
}

const textOf = (text: Uint8Array): string => Buffer.from(text).toString('utf8');

describe('scanArray', () => {
  it('counts what JSON.parse counts', () => {
    for (const text of documents()) expectAgreement(text, scanArray(text, 0, 0));
  });

  it('reads no truncation as an array', () => {
    for (const text of documents(80).filter(({ length }) => length < 500)) {
      const ends = Array.from(text, (_, end) => end);
      expect(ends.filter((end) => scanArray(text.subarray(0, end), 0, 0) !== null)).toEqual([]);
    }
  });

  it('judges every changed byte as JSON.parse does', () => {
    const bytes = Buffer.from('[]{},:"\\ \t\n019-+.eEntfNaIi\x00\x1f\x7f\x80\xff', 'latin1');
    for (const text of documents()) {
      for (let n = 0; n < 20; n += 1) {
        const changed = Buffer.from(text);
        changed[1 + Math.floor(random() * (text.length - 1))] = pick(random, [...bytes]);
        expectAgreement(changed, scanValues(changed, 0, 0)); // the vector pass is laxer with numbers
      }
    }
  });

  it.each([
    ['[]', 0, 0, 1],
    ['[[],[]]', 2, 0, 2],
    ['[ [ ] , 1]', 2, 1, 2],
    ['[{"a":[[1]]},2]', 2, 2, 1],
    ['[[[1,2],[3]],"],["]', 2, 4, 3],
  ])('%s: %i elements, %i leaves, %i deep', (text, elements, leaves, depth) => {
    expect(scanned(Buffer.from(text))).toMatchObject({ elements, leaves, arrayDepth: depth, end: text.length });
  });

  it.each(['[1,]', '[,1]', '[1 2]', '[01]', '[1.]', '[+1]', '[.5]', '[nan]', '[1abc]', '[1', '[1}', '[,]', '[[1]2]'])(
    'refuses %s',
    (text) => expect(scanArray(Buffer.from(text), 0, 0)).toBeNull(),
  );

  it('refuses a byte order mark', () => {
    expect(scanArray(Buffer.from('\ufeff[1]'), 0, 0)).toBeNull();
    expect(scanArray(Buffer.from('[\ufeff1]'), 0, 0)).toBeNull();
  });

  it('goes 100 levels down, its own depth counted', () => {
    const nested = (levels: number): Buffer => Buffer.from('['.repeat(levels) + ']'.repeat(levels));
    expect(scanArray(nested(100), 0, 0)?.arrayDepth).toBe(100);
    expect(scanArray(nested(101), 0, 0)).toBeNull();
    expect(scanArray(nested(60), 0, 40)?.arrayDepth).toBe(60);
    expect(scanArray(nested(60), 0, 41)).toBeNull();
    expect(scanArray(Buffer.from(`[${'{"a":'.repeat(99)}1${'}'.repeat(99)}]`), 0, 0)).not.toBeNull();
    expect(scanArray(Buffer.from(`[${'{"a":'.repeat(100)}1${'}'.repeat(100)}]`), 0, 0)).toBeNull();
  });

  it('tells arrays without white space between their tokens', () => {
    for (const text of ['[1,[2]]', '[" "]', '[]']) expect(scanned(Buffer.from(text)).compact).toBe(true);
    for (const text of ['[ ]', '[1, 2]', '[1 ,2]', '[[1\n]]', '[[1] ]']) {
      expect(scanned(Buffer.from(text)).compact).toBe(false);
    }
  });
});

describe('cutElements', () => {
  it('gives each group the elements that JSON.parse gives it', () => {
    for (const text of documents()) {
      const scan = scanned(text);
      const value = parseLoosely(textOf(text)) as unknown[];
      const counts = randomCounts(scan.elements);
      const groups = cutElements(text, scan, counts);
      expect(groups).toHaveLength(counts.length);
      let taken = 0;
      for (const [n, { start, end }] of groups.entries()) {
        const count = counts[n] as number;
        const group = text.subarray(start, end);
        expect(parseLoosely(`[${textOf(group)}]`)).toEqual(value.slice(taken, taken + count));
        expect(isSpace(group[0]) || isSpace(group.at(-1))).toBe(false);
        taken += count;
      }
    }
  });

  it('cuts where the vector pass let a bad number through, for the runtime to judge', () => {
    const text = Buffer.from(`[${'1-2, '.repeat(1000)}5]`);
    const scan = scanned(text);
    const groups = cutElements(text, scan, [400, 0, 601]).map(({ start, end }) => textOf(text.subarray(start, end)));
    expect(groups).toEqual([Array(400).fill('1-2').join(', '), '', `${'1-2, '.repeat(600)}5`]);
  });
});

describe('interior and flatten', () => {
  it('of several arrays, joined, parse to the arrays one behind the other', () => {
    for (let n = 0; n < 100; n += 1) {
      const texts = documents(3).filter((text) => scanned(text).elements > 0);
      const values = texts.map((text) => parseLoosely(textOf(text)) as unknown[]);
      const joined = `[${texts.map((text) => textOf(interior(text, scanned(text)))).join()}]`;
      expect(parseLoosely(joined)).toEqual(values.flat());
    }
  });

  it('flatten keeps every leaf and only leaves', () => {
    for (const text of documents()) {
      const value = parseLoosely(textOf(text)) as unknown[];
      expect(parseLoosely(`[${textOf(flatten(text, scanned(text)))}]`)).toEqual(value.flat(Number.POSITIVE_INFINITY));
    }
  });

  it('keep lexemes byte for byte', () => {
    const lexemes = '9223372036854775807,-0,1e400,0.12345678901234567,NaN,-Infinity,1E+5,"\\u0041"';
    const text = Buffer.from(`[ [${lexemes}],\n[${lexemes.replaceAll(',', ' , ')}], [] ]`);
    expect(textOf(flatten(text, scanned(text)))).toBe(`${lexemes},${lexemes}`);
    const flat = Buffer.from(`[ ${lexemes} ]`);
    expect(textOf(interior(flat, scanned(flat)))).toBe(lexemes);
  });

  it('flatten copies long rows whole, and arrays beside numbers nonetheless', () => {
    const row = Array.from({ length: 200 }, (_, n) => `${n}.25`).join();
    for (const text of [`[[${row}],[${row}]]`, `[[${row}, [], 7],[],[[${row}],8]]`, `[[${row} ],[], [1,[2]], [[]]]`]) {
      const value = JSON.parse(text) as unknown[];
      const bytes = Buffer.from(text.replaceAll('],[', `],${' '.repeat(1500)}[`));
      expect(JSON.parse(`[${textOf(flatten(bytes, scanned(bytes)))}]`)).toEqual(value.flat(Number.POSITIVE_INFINITY));
    }
  });
});
