import { expect, it } from 'vitest';
import { shownText } from '../../../src/storage/uri/shown-text.ts';
import { naughtyStrings } from '../../support/naughty-strings.ts';

it.each([
  ['a/b c.bin', 'a/b c.bin'],
  ['模型/é😀', '模型/é😀'],
  ['a\r\nb', 'a\\u{d}\\u{a}b'],
  ['gpj.\u202ebin', 'gpj.\\u{202e}bin'],
  ['a\u2028b\u200bc\ufeff', 'a\\u{2028}b\\u{200b}c\\u{feff}'],
  ['\u001b[31m', '\\u{1b}[31m'],
  ['\ud800', '\\u{d800}'],
])('%j is shown as %s', (text, shown) => {
  expect(shownText(text)).toBe(shown);
});

it('a long text is shown by both ends', () => {
  const shown = shownText(`begin${'x'.repeat(1_000_000)}end`);
  expect(shown).toMatch(/^beginx+…x+end$/);
  expect(shown.length).toBeLessThan(200);
});

it('nothing that is shown can break a line or hide', () => {
  for (const text of naughtyStrings()) expect(shownText(text)).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u);
});
