// Does every flag that the doctor names in a finding exist?
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { optionNames } from '../../src/config/options.ts';

const room = join(import.meta.dirname, '../../src/doctor');
const ofOthers = ['model-control-mode']; // of Triton

it('names only flags that there are', () => {
  const texts = readdirSync(room).map((file) => readFileSync(join(room, file), 'utf8'));
  const named = texts.flatMap((text) => [...text.matchAll(/(?<![\w-])--([a-z][a-z-]+)/g)].map(([, name]) => name));
  expect(named.length).toBeGreaterThan(20);
  const known: readonly (string | undefined)[] = [...optionNames, ...ofOthers];
  expect([...new Set(named)].filter((name) => !known.includes(name))).toEqual([]);
});
