import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeFolder } from '../../src/logger/make-folder.ts';

function open(): string {
  const dir = mkdtempSync(join(tmpdir(), 'outrigger-folder-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

it('makes a folder and those above it, and leaves one that is there', () => {
  const dir = join(open(), 'a/b/c');
  makeFolder(dir, 0o700);
  expect(statSync(dir).mode & 0o777).toBe(0o700);
  makeFolder(dir, 0o777);
  expect(statSync(dir).mode & 0o777).toBe(0o700);
});

it('says what is wrong where none can be made, and comes back', () => {
  expect(() => makeFolder('/proc/outrigger/spool', 0o700)).toThrow(/ENOENT/);
  const file = join(open(), 'file');
  writeFileSync(file, '');
  expect(() => makeFolder(join(file, 'a'), 0o700)).toThrow(/ENOTDIR/);
});
