import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { explainFileError, walkFolder } from '../../../../src/storage/stores/file/walk-folder.ts';

describe('what the system says of a file', () => {
  it.each([
    ['EACCES', 'STORE_DENIED'],
    ['EPERM', 'STORE_DENIED'],
    ['ENOENT', 'OBJECT_CHANGED'],
    ['EIO', 'STORE_FAILED'],
  ])('%s is %s, with the name of the file', (systemCode, code) => {
    const error = Object.assign(new Error('x'), { code: systemCode });
    expect(explainFileError(error, 'a/b')).toMatchObject({ code, message: expect.stringContaining('"a/b"') });
  });
});

it('a model that was pulled before is walked without what that pull left beside it', async () => {
  const root = mkdtempSync(join(tmpdir(), 'walk-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const marker = `SUCCESS.${'0a'.repeat(32)}`;
  mkdirSync(join(root, '.outrigger'));
  mkdirSync(join(root, 'sub'));
  for (const path of ['.outrigger/lock', marker, 'model.bin', 'SUCCESS.txt', `sub/${marker}`]) {
    writeFileSync(join(root, path), '');
  }
  const keys: string[] = [];
  for await (const { key } of walkFolder(root, AbortSignal.timeout(30_000))) keys.push(key);
  expect(keys).toEqual(['SUCCESS.txt', 'model.bin', `sub/${marker}`]);
});

it('links that multiply folders come to an end', async () => {
  const root = mkdtempSync(join(tmpdir(), 'walk-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  // 20 levels, each with 8 links to the next: 8 ** 20 ways down.
  for (let level = 0; level < 20; level += 1) {
    mkdirSync(join(root, `l${level}`));
    for (let link = 0; link < 8; link += 1) symlinkSync(`../l${level + 1}`, join(root, `l${level}/x${link}`));
  }
  mkdirSync(join(root, 'l20'));
  const walk = async (): Promise<void> => {
    for await (const { key } of walkFolder(root, AbortSignal.timeout(30_000))) expect(key).toBe('none');
  };
  await expect(walk()).rejects.toMatchObject({ code: 'PULL_TOO_LARGE' });
});
