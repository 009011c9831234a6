// Does docs/lanes.md name what the lanes do, no more and no less?
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hindrances } from '../src/lanes/relay-hindrance.ts';
import { stricter } from './differential/stricter.ts';

const text = readFileSync(join(import.meta.dirname, '../docs/lanes.md'), 'utf8');

/** The lines of the list between two marks. */
function listed(mark: string): string[] {
  const [, between = ''] = new RegExp(`<!-- ${mark} -->\n(.*?)<!-- end -->`, 's').exec(text) ?? [];
  return between.split('\n').flatMap((line) => (line.startsWith('- ') ? [line.slice(2).replaceAll('`', '')] : []));
}

it('names what the runtime end judges more strictly than undici', () => {
  expect(listed('stricter')).toEqual(stricter.map(({ what }) => what));
});

it('names what keeps gRPC off the relay', () => {
  expect(listed('hindrances')).toEqual(hindrances.map(([name]) => name));
});

it('has no prose lines longer than 130 characters', () => {
  expect(text.split('\n').filter((line) => line.length > 130)).toEqual([]);
});
