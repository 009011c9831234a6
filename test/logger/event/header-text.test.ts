import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { FlatHeaderBlock } from '../../../src/http/header-block.ts';
import {
  combineFields,
  cutText,
  readAttributeText,
  readHeaderText,
  toAttributeText,
} from '../../../src/logger/event/header-text.ts';

/** As node hands on what a client wrote as UTF-8. */
const onWire = (text: string): string => Buffer.from(text).toString('latin1');

it.each(['', 'plain ASCII', 'Grüße', '€', '😀 日本語', '\ufeffmark'])('reads %j written as UTF-8', (text) => {
  expect(readHeaderText(onWire(text))).toBe(text);
});

it.each([
  ['Grüße', 'latin1 as many clients write it'],
  ['\xc3', 'a cut character'],
  ['\xed\xa0\x80', 'a surrogate as UTF-8'],
  ['\xc0\xaf', 'an overlong form'],
  ['日本', 'text that is no longer bytes'],
])('leaves %j as it is: %s', (text) => {
  expect(readHeaderText(text)).toBe(text);
});

it.each([
  ['a\tb', 'a\ufffdb'],
  ['\x7f\x80\x9f', '\ufffd\ufffd\ufffd'],
  [onWire('a\u0085b'), 'a\ufffdb'],
  [onWire('\ufdd0\uffff\u{1ffff}'), '\ufffd\ufffd\ufffd'],
  [onWire('Grüße "%" 😀'), 'Grüße "%" 😀'],
])('as an attribute %j is %j', (value, text) => {
  expect(readAttributeText(value)).toBe(text);
});

it('an attribute is bounded, and no character is cut in two', () => {
  expect(toAttributeText('x'.repeat(1024))).toHaveLength(1024);
  expect(toAttributeText('x'.repeat(1025))).toHaveLength(1024);
  expect(toAttributeText(`${'x'.repeat(1023)}😀`)).toBe('x'.repeat(1023));
  expect(toAttributeText('\ud800x')).toBe('\ufffdx');
});

it('joins the fields of a name in any case, in wire order', () => {
  const headers = new FlatHeaderBlock(['Content-Encoding', 'gzip', 'x', '1', 'content-encoding', 'br', 'empty', '']);
  expect(combineFields(headers, 'content-encoding')).toBe('gzip, br');
  expect(combineFields(headers, 'empty')).toBe('');
  expect(combineFields(headers, 'absent')).toBeNull();
});

it.each([
  ['an attribute that was cut', (text: string) => toAttributeText(text)],
  ['a part', (text: string) => cutText(text, 100)],
])('%s does not hold the text that it is of', (_, read) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const kept: string[] = [];
  const textCharacters = 100_000;
  collect();
  const beforeBytes = process.memoryUsage().heapUsed;
  for (let i = 0; i < 500; i += 1) kept.push(read(Buffer.alloc(textCharacters, `x${i}`).toString('latin1')));
  collect();
  const heldBytes = process.memoryUsage().heapUsed - beforeBytes;
  expect(heldBytes).toBeLessThan((kept.length * textCharacters) / 10);
});
