import { linkSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PathWatches } from '../../../src/puller/models-file/path-watches.ts';
import { eventually } from '../../support/eventually.ts';
import { testLog } from '../../support/models-file/recorded-watch.ts';

let root: string;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'watches-'));
  folder = join(root, 'configs');
  mkdirSync(folder);
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function watching() {
  const heard = { hints: 0 };
  const { log, lines } = testLog();
  const watches = new PathWatches({
    onHint: () => {
      heard.hints += 1;
    },
    log,
  });
  return { watches, heard, lines };
}

async function hintAfter(heard: { hints: number }, act: () => void): Promise<void> {
  const before = heard.hints;
  act();
  await eventually('a hint came', () => heard.hints > before);
}

describe('watched paths', () => {
  it('give a hint for what happens in a folder', async () => {
    const { watches, heard } = watching();
    using _ = watches;
    await watches.follow([folder]);
    await hintAfter(heard, () => writeFileSync(join(folder, 'models.json'), '[]'));
  });

  it('give a hint for a file that is written by a name in another folder, as behind a mounted file', async () => {
    const { watches, heard } = watching();
    using _ = watches;
    const file = join(folder, 'models.json');
    writeFileSync(file, '[]');
    linkSync(file, join(root, 'elsewhere.json'));
    await watches.follow([file]);
    await hintAfter(heard, () => writeFileSync(join(root, 'elsewhere.json'), '[1]'));
  });

  it('live on in a folder that was deleted and made anew, as soon as they are followed again', async () => {
    const { watches, heard, lines } = watching();
    using _ = watches;
    await watches.follow([folder]);
    for (let n = 0; n < 20; n += 1) {
      await hintAfter(heard, () => rmSync(folder, { recursive: true }));
      await watches.follow([folder]);
      mkdirSync(folder);
      await watches.follow([folder]);
      await hintAfter(heard, () => writeFileSync(join(folder, 'models.json'), '[]'));
    }
    expect(lines).toEqual([]);
  });

  it('live on when the folder was made anew before anybody looked, whether or not it has its number again', async () => {
    const { watches, heard } = watching();
    using _ = watches;
    await watches.follow([folder]);
    for (let n = 0; n < 20; n += 1) {
      await hintAfter(heard, () => {
        rmSync(folder, { recursive: true });
        mkdirSync(folder);
      });
      await watches.follow([folder]);
      await hintAfter(heard, () => writeFileSync(join(folder, 'models.json'), '[]'));
    }
  });

  it('are what a link leads to now', async () => {
    const { watches, heard } = watching();
    using _ = watches;
    const other = join(root, 'other');
    const link = join(root, 'link');
    mkdirSync(other);
    symlinkSync('configs', link);
    await watches.follow([link]);
    symlinkSync('other', `${link}.new`);
    renameSync(`${link}.new`, link);
    await watches.follow([link]);
    await hintAfter(heard, () => writeFileSync(join(other, 'models.json'), '[]'));
  });

  it('are left when they are not named any more, and all of them at the end', async () => {
    const { watches, heard } = watching();
    const other = join(root, 'other');
    mkdirSync(other);
    await watches.follow([folder]);
    await watches.follow([other]);
    writeFileSync(join(folder, 'models.json'), '[]');
    await hintAfter(heard, () => mkdirSync(join(other, 'a')));
    expect(heard.hints).toBe(1);
    watches[Symbol.dispose]();
    await watches.follow([folder, other]);
    await eventually('all is closed', () => !process.getActiveResourcesInfo().includes('FSEventWrap'));
  });

  it('that are not there are no matter', async () => {
    const { watches, lines } = watching();
    using _ = watches;
    await watches.follow([join(root, 'nowhere'), join(folder, 'models.json')]);
    expect(lines).toEqual([]);
  });
});
