import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { compiledPath, compileJsonSimd } from '../../../scripts/compile-json-simd.ts';
import { scanValues, seekElements } from '../../../src/v2/json/json-array.ts';
import { scanNumbers, seekNumbers } from '../../../src/v2/json/json-simd.ts';
import { pick, randomArray } from '../../support/json-documents.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';

const random = seededRandom(seed);
const numberByte = /[0-9+\-.eE]/g;

/** The loop's answer for the same brackets and commas with numbers that are right; null for what only the loop can read. */
function expectedScan(text: string, depth = 0): unknown {
  const scan = scanValues(Buffer.from(text.replaceAll(numberByte, '1'), 'latin1'), 0, depth);
  return scan !== null && /^[[\], \t\r\n0-9+\-.eE]*$/.test(text.slice(0, scan.end)) ? scan : null;
}

function expectAgreement(text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  const expected = expectedScan(text);
  const found = scanNumbers(bytes, 0, 100);
  if (JSON.stringify(found) !== JSON.stringify(expected)) expect([text, found]).toEqual([text, expected]);
}

function numbers(count: number): string {
  return Array.from({ length: count }, () => random().toFixed(1 + Math.floor(random() * 17))).join();
}

const mutants = [...'[],, \n1e-"{xN\x00\x80\xff'];

describe('the module', () => {
  it('is what its text compiles to', async () => {
    expect(await readFile(compiledPath, 'utf8')).toBe(await compileJsonSimd());
  });

  it('works in a bundle, and is done without where Node.js has no WebAssembly', () => {
    const entry = `export { scanArray } from './src/v2/json/json-array.ts'; export { scanNumbers } from './src/v2/json/json-simd.ts';`;
    const stdin = { contents: entry, resolveDir: join(import.meta.dirname, '../../..'), loader: 'ts' as const };
    const { outputFiles } = buildSync({ stdin, bundle: true, format: 'cjs', platform: 'node', write: false });
    const script = `${outputFiles[0]?.text}
      const text = Buffer.from('[' + '1.5,'.repeat(2000) + '2]');
      console.log(module.exports.scanArray(text, 0, 0).elements, module.exports.scanNumbers(text, 0, 100)?.elements);`;
    const run = (...flags: string[]): string =>
      execFileSync(process.execPath, [...flags, '-e', script], { encoding: 'utf8', timeout: 15_000 }).trim();
    expect(run()).toBe('2001 2001');
    expect(run('--jitless')).toBe('2001 undefined');
  });
});

describe('scanNumbers', () => {
  it('says of every array what the loop over bytes says', () => {
    for (let n = 0; n < 3000; n += 1) {
      const text = randomArray({
        random,
        numbersOnly: n % 8 !== 0,
        spaced: n % 2 === 0,
        maxElements: 1 + (n % 14),
        maxLevels: 1 + (n % 5),
      });
      expectAgreement(text + pick(random, ['', ' ', ',"name":1}', ']', '}'.repeat(70)]));
    }
  });

  it('says the same of texts with a byte changed, put in or taken away', () => {
    for (let n = 0; n < 6000; n += 1) {
      const text = randomArray({ random, numbersOnly: true, spaced: n % 2 === 0, maxElements: 1 + (n % 12) });
      const at = 1 + Math.floor(random() * (text.length - 1));
      const byte = pick(random, mutants);
      expectAgreement(text.slice(0, at) + pick(random, [byte, '']) + text.slice(at + pick(random, [0, 1])));
    }
  });

  it('carries what it knows over the end of a step, whatever stands there', () => {
    const parts = ['[', ']', ',', ' ', '1', ', ', '],[', '12', ']]', '[['];
    for (let n = 0; n < 6000; n += 1) {
      const before = `[${'1'.repeat(50 + Math.floor(random() * 20))}`;
      const middle = Array.from({ length: 1 + (n % 6) }, () => pick(random, parts)).join('');
      expectAgreement(`${before}${middle}${pick(random, ['1]', ']', ' ]', `${' '.repeat(70)}]`, ',2]', ']]', ' 1]'])}`);
    }
  });

  it('carries what it knows over the end of a window', () => {
    const ends = [4096, 4096 + 65_472];
    for (const end of ends) {
      for (let shift = -2; shift <= 1; shift += 1) {
        for (const middle of ['],[', ', ', ' 1', ',,', ',]', ' , ', '1', '[', ']', '"', '   ', '[]']) {
          const row = `${numbers(8)},`;
          const filled = `[[${row.repeat(Math.ceil(end / row.length))}`.slice(0, end + shift);
          expectAgreement(`${filled.replace(/[,.]$/, '1')}${middle}1]]`);
        }
      }
    }
  });

  it('says the same of plain data with one thing in it that is not, wherever it stands', () => {
    const odd = [
      '[',
      ']',
      ',',
      ' ',
      '  ',
      '\n',
      ', ',
      ' ,',
      '],[',
      '], [',
      '/',
      ':',
      '*',
      'e',
      'f',
      '%',
      '\x00',
      '\x0c',
      '\xab',
      '"',
    ];
    for (let n = 0; n < 3000; n += 1) {
      const plain = numbers(20 + (n % 20)).replaceAll(',', pick(random, [',', ',', ', ', ',  ', ' ,']));
      const at = Math.floor(random() * plain.length);
      const rest = plain.slice(at + pick(random, [0, 1]));
      expectAgreement(`${pick(random, ['[', '[[', '[ '])}${plain.slice(0, at)}${pick(random, odd)}${rest}]]`);
    }
  });

  it('counts large arrays', () => {
    const rows = Array.from({ length: 300 }, () => `[${numbers(100)}]`);
    expectAgreement(`[${rows.join()}]`);
    expectAgreement(`[ ${rows.join(' ,\n').replaceAll(',', ', ')} ]`);
    expectAgreement(`[${' '.repeat(200_000)}${numbers(20)}${' '.repeat(200_000)}]`);
    expectAgreement(`[${'[],'.repeat(50_000)}[]]`);
    expectAgreement('['.repeat(200_000));
    expectAgreement(`[${numbers(20_000)}`);
    expectAgreement(`[${','.repeat(100_000)}]`);
  });

  it('begins and ends anywhere in a text', () => {
    const text = Buffer.from(`{"data":[${numbers(500)}],"more":"]"}`);
    expect(scanNumbers(text, 8, 100)).toEqual(scanValues(text, 8, 1));
  });

  it('goes as deep as it is told', () => {
    const nested = (levels: number): Buffer => Buffer.from('['.repeat(levels) + ']'.repeat(levels));
    expect(scanNumbers(nested(100), 0, 100)?.arrayDepth).toBe(100);
    expect(scanNumbers(nested(101), 0, 100)).toBeNull();
  });

  it('leaves what is not of numbers to others', () => {
    for (const leaf of ['"a"', 'true', 'NaN', '{}', '-Infinity', '\ufeff1']) {
      expect(scanNumbers(Buffer.from(`[${numbers(300)},${leaf}]`), 0, 100)).toBeNull();
    }
  });
});

describe('seekNumbers', () => {
  it('finds the elements that the loop over bytes finds', () => {
    for (let n = 0; n < 400; n += 1) {
      const taste = { random, numbersOnly: true, spaced: n % 2 === 0, maxElements: 40, maxLevels: 1 + (n % 3) };
      const text = Buffer.from(n % 20 === 0 ? `[ ${numbers(9000)} ]` : randomArray(taste));
      const scan = scanValues(text, 0, 0);
      const indexes = Array.from({ length: scan?.elements ?? 0 }, (_, index) => index).filter(() => random() < 0.5);
      const again = indexes.flatMap((index) => (random() < 0.1 ? [index, index] : [index]));
      expect(seekNumbers(text, { start: 0, end: text.length }, again)).toEqual(
        seekElements(text, { start: 0, end: text.length }, again),
      );
    }
  });

  it('stops at any element of plain data', () => {
    for (const separator of [',', ', ', ',\n']) {
      const text = Buffer.from(`[${numbers(700).replaceAll(',', separator)}]`);
      const every = Array.from({ length: 700 }, (_, index) => index);
      const span = { start: 0, end: text.length };
      expect(seekNumbers(text, span, every)).toEqual(seekElements(text, span, every));
      for (const index of every) expect(seekNumbers(text, span, [index])).toEqual(seekElements(text, span, [index]));
    }
  });

  it('gives up at what is not of numbers', () => {
    const text = Buffer.from(`[${numbers(100)},"],[",1,2]`);
    expect(seekNumbers(text, { start: 0, end: text.length }, [0, 100])).toBeDefined();
    expect(seekNumbers(text, { start: 0, end: text.length }, [0, 102])).toBeNull();
  });
});
