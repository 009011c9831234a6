// A copy of a folder into itself is refused, whatever way leads there.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refuseInside } from '../../../src/storage/folder/refuse-inside.ts';

let base: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'outrigger-inside-'));
  mkdirSync(join(base, 'model/1'), { recursive: true });
  writeFileSync(join(base, 'model/1/a'), 'a');
  symlinkSync(join(base, 'model'), join(base, 'link'));
});

afterEach(() => rmSync(base, { recursive: true }));

describe('a folder to pull into', () => {
  it.each([
    ['the source', 'model', 'model'],
    ['a folder of it', 'model', 'model/1'],
    ['a folder of it that is not there yet', 'model', 'model/new/one'],
    ['a folder of it behind a link', 'model', 'link/new'],
    ['a folder of it, the source being a link', 'link', 'model/1'],
  ])('that is %s is refused', async (_, source, target) => {
    await expect(refuseInside(join(base, source), join(base, target))).rejects.toMatchObject({
      code: 'FOLDER_UNUSABLE',
      message: expect.stringContaining('outside of it'),
    });
  });

  it.each([
    ['beside it', 'model', 'model-2'],
    ['of the file that is the source', 'model/1/a', 'model/1'],
    ['around it', 'model', '.'],
    ['with two dots at the front of its name', 'model', '..b'],
    ['of a source that is not there', 'none', 'model'],
  ])('%s is none of that', async (_, source, target) => {
    await expect(refuseInside(join(base, source), join(base, target))).resolves.toBeUndefined();
  });

  it('whose name begins with two dots is inside all the same', async () => {
    await expect(refuseInside(join(base, 'model'), join(base, 'model/..b'))).rejects.toMatchObject({
      code: 'FOLDER_UNUSABLE',
    });
  });
});
