// Strings of JSON: the value and the text as sent, by the short way and the long one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeString, rawText, readText, readTextAt } from '../../../src/v2/json/json-text.ts';
import { seed } from '../../support/seed.ts';

/** Of any UTF-16 units, so that pairs are often torn. */
const strings = fc
  .array(fc.oneof(fc.nat(0x7f), fc.nat(0xffff)), { maxLength: 30 })
  .map((units) => String.fromCharCode(...units));

it('are read as JSON.parse reads them, and kept as sent', () => {
  const property = fc.property(strings, fc.boolean(), (value, escaped) => {
    const json = escaped ? escapeAll(value) : JSON.stringify(value);
    const text = Buffer.from(`[${json},1]`);
    const found = readTextAt(text, 1);
    if (!value.isWellFormed()) expect(found).toBeNull();
    else {
      expect(found).toMatchObject({ value, start: 1, end: text.length - 3 });
      expect(Buffer.from(found?.raw ?? '', 'latin1').toString()).toBe(json);
    }
  });
  fc.assert(property, { seed, numRuns: 500 });
});

function escapeAll(value: string): string {
  const units = Array.from({ length: value.length }, (_, i) => value.charCodeAt(i).toString(16).padStart(4, '0'));
  return `"${units.map((unit) => `\\u${unit}`).join('')}"`;
}

it.each(['"\\q"', '"\\u12"', '"\\ud83d"', '"\\ude00\\ud83d"'])('%s is none', (json) => {
  const text = Buffer.from(json);
  expect(readText(text, { start: 0, end: text.length })).toBeNull();
});

it.each([[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80]])('of bytes that are no UTF-8 (%i ...) are none', (...bytes) => {
  expect(readTextAt(Buffer.from([0x22, ...bytes, 0x22]), 0)).toBeNull();
});

it('not closed, or not opened, are none', () => {
  expect(readTextAt(Buffer.from('"abc'), 0)).toBeNull();
  expect(readTextAt(Buffer.from('abc"'), 0)).toBeNull();
  expect(readTextAt(Buffer.from(''), 0)).toBeNull();
});

it('have one character for each byte in their raw text, short or long', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  for (const length of [0, 1, 16, 17, 256]) {
    expect(rawText(bytes, { start: 256 - length, end: 256 })).toBe(
      Buffer.from(bytes.subarray(256 - length)).toString('latin1'),
    );
  }
});

describe('a string that is decoded', () => {
  const decoded = (text: Buffer): string | null => decodeString(text, { start: 0, end: text.length });

  it('has the value that its text says', () => {
    for (const value of ['', 'input-0', 'é\u{1f600}', 'a"\\\n', '\ufeffa', '\u007f']) {
      expect(decoded(Buffer.from(JSON.stringify(value)))).toBe(value);
    }
    expect(decoded(Buffer.from('"\\u0041\\/"', 'latin1'))).toBe('A/');
  });

  it('is null for broken UTF-8 and for what is no string', () => {
    for (const text of ['"\x80"', '"\xc3"', '1', '"', '"\\q"', '"a"b"'])
      expect(decoded(Buffer.from(text, 'latin1'))).toBeNull();
  });
});
