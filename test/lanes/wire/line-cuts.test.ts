import { expect, it } from 'vitest';
import { FieldLine } from '../../../src/lanes/wire/field-line.ts';
import { LineCuts } from '../../../src/lanes/wire/line-cuts.ts';

/** What is left of lines when those whose name begins with `x` are dropped and the others respaced; null for too many cuts. */
function cut(text: string): string | null {
  const bytes = Buffer.from(`GET${text}`, 'latin1');
  const cuts = new LineCuts();
  const line = new FieldLine();
  cuts.begin(3);
  for (let at = 3; at < bytes.length; at = line.end + 2) {
    expect(line.scan(bytes, at, bytes.length)).toBe('whole');
    const fits = bytes[at] === 0x78 ? cuts.drop(at, line.end + 2) : cuts.respace(bytes, line);
    if (!fits) return null;
  }
  const target = Buffer.alloc(cuts.leftBytes(bytes.length));
  expect(cuts.copyLeft(bytes, bytes.length, target)).toBe(target.length);
  return target.toString('latin1');
}

it.each([
  ['a: 1\r\nb: 2\r\n', 'a: 1\r\nb: 2\r\n'],
  ['x: 1\r\na: 1\r\nx: 2\r\nx: 3\r\nb: 2\r\nx:4\r\n', 'a: 1\r\nb: 2\r\n'],
  ['a:1\r\nx:2\r\nb:\t\t2 \r\nc:  3\t\r\n', 'a: 1\r\nb: 2\r\nc: 3\r\n'],
  ['a:\r\nb: \r\nc:  \r\nd:\t\r\n', 'a: \r\nb: \r\nc: \r\nd: \r\n'],
  ['x: 1\r\n', ''],
  [`a: ${'v'.repeat(200)}\r\nx: 1\r\nb:${'w'.repeat(200)}\r\n`, `a: ${'v'.repeat(200)}\r\nb: ${'w'.repeat(200)}\r\n`],
])('%j becomes %j', (text, left) => {
  expect(cut(text)).toBe(left);
});

it('lines that follow each other are one cut; too many cuts are told', () => {
  expect(cut('x: 1\r\n'.repeat(100))).toBe('');
  expect(cut('x: 1\r\na: 1\r\n'.repeat(64))).toBe('a: 1\r\n'.repeat(64));
  expect(cut('x: 1\r\na: 1\r\n'.repeat(65))).toBeNull();
  expect(cut('a:1 \r\n'.repeat(33))).toBeNull();
});
