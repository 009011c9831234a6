import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStaging } from '../../../src/storage/folder/open-staging.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrigger-'));
});
afterEach(() => rm(folder, { recursive: true }));

const opened = async (target: string): Promise<void> => {
  await using _ = await openStaging({ target, spec: { storageUri: 's3://models/m' } });
};

describe('a target folder', () => {
  it('is made with the folders above it', async () => {
    await opened(join(folder, 'a', 'b', 'c'));
    await opened(join(folder, 'a', 'b', 'd/'));
  });

  it('and those above it can be entered by any user, whatever the umask', async () => {
    const before = process.umask(0o077);
    try {
      await opened(join(folder, 'above', 'target'));
    } finally {
      process.umask(before);
    }
    const modes = ['above', 'above/target'].map((path) => statSync(join(folder, path)).mode & 0o777);
    expect(modes).toEqual([0o755, 0o755]);
  });

  it('may be reached through a link', async () => {
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'link'));
    await opened(join(folder, 'link', 'model'));
  });

  it('in a file is an error', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(opened(join(folder, 'file', 'model'))).rejects.toMatchObject({ code: 'FOLDER_UNUSABLE' });
  });

  // Node's own `recursive` never comes back from there.
  it.runIf(process.platform === 'linux')('where none can be made is an error (in /proc: Linux only)', async () => {
    await expect(opened('/proc/outrigger/model')).rejects.toMatchObject({ code: 'FOLDER_UNUSABLE' });
  });
});
