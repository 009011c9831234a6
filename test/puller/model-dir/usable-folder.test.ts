// A folder that cannot hold models is refused at the start, with its path and a remedy.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openModelDir } from '../../../src/puller/model-dir/model-dir.ts';
import { silentLog } from '../../support/members.ts';
import { ModelFolder } from '../../support/model-dir/version-files.ts';

const refused = (path: string) =>
  expect.objectContaining({ code: 'FOLDER_UNUSABLE', message: expect.stringContaining(path) });

it('a missing folder is made, with those above it, for all to read', async () => {
  await using folder = new ModelFolder();
  const path = folder.at('a', 'b');
  await using dir = await openModelDir({ path, log: silentLog });
  expect(dir.models().size).toBe(0);
  expect(lstatSync(path).mode & 0o777).toBe(0o755);
  expect(readdirSync(path)).toEqual(['.outrigger']);
});

it('the folder itself may be reached by a link', async () => {
  await using folder = new ModelFolder();
  mkdirSync(folder.at('real'));
  symlinkSync('real', folder.at('link'));
  await using dir = await openModelDir({ path: folder.at('link'), log: silentLog });
  expect(dir.versionFolder('m', 'a'.repeat(64))).toBe(folder.at('real', '.outrigger', 'm', 'a'.repeat(64)));
});

describe('refused is', () => {
  it('a file', async () => {
    await using folder = new ModelFolder();
    writeFileSync(folder.at('file'), '');
    for (const path of [folder.at('file'), folder.at('file', 'below')]) {
      await expect(openModelDir({ path, log: silentLog })).rejects.toEqual(refused(path));
    }
  });

  it.each(['.outrigger', '.outrigger/.trash', '.outrigger/.aside', '.outrigger/.drafts'])(
    'a link or a file at %s, and what it leads to stays as it is',
    async (name) => {
      await using folder = new ModelFolder();
      await using elsewhere = new ModelFolder();
      writeFileSync(elsewhere.at('theirs'), 'kept');
      if (name !== '.outrigger') mkdirSync(folder.at('.outrigger'));
      symlinkSync(elsewhere.path, folder.at(name));
      await expect(folder.open()).rejects.toEqual(refused(folder.at(name)));
      expect(readdirSync(elsewhere.path)).toEqual(['theirs']);
    },
  );

  // Root may write everywhere, so another user tries.
  it.runIf(process.getuid?.() === 0)('a folder of another owner, or one where another user worked before', async () => {
    await using folder = new ModelFolder();
    await using before = new ModelFolder();
    await before.open();
    chmodSync(folder.path, 0o755);
    chmodSync(before.path, 0o777);
    await using theirs = new ModelFolder(); // all but the folder itself, where the links have to be
    await theirs.open();
    chmodSync(theirs.path, 0o755);
    for (const inner of ['', '.aside', '.drafts', '.trash']) chownSync(theirs.at('.outrigger', inner), 65534, 65534);
    const paths = [folder.path, folder.at('below'), before.path, theirs.path];
    const places = [folder.path, folder.at('below'), before.at('.outrigger'), theirs.path];
    expect(openAsNobody(paths)).toEqual(places.map(refused));
    expect(readdirSync(folder.path)).toEqual([]);
  });
});

function openAsNobody(paths: readonly string[]): { code: string; message: string }[] {
  const file = new URL('../../../src/puller/model-dir/model-dir.ts', import.meta.url);
  const program = `
    const { openModelDir } = await import(${JSON.stringify(file.href)});
    process.setgid(65534);
    process.setuid(65534);
    const said = [];
    for (const path of ${JSON.stringify(paths)}) {
      const opened = openModelDir({ path, log: console });
      said.push(await opened.then(() => null, ({ code, message }) => ({ code, message })));
    }
    console.log(JSON.stringify(said));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }));
}
