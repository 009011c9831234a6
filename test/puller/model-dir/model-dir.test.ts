// Versions are placed, linked, set aside and removed.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesKeyOf } from '../../../src/puller/models-file/files-key.ts';
import {
  filesOf,
  idOf,
  linkText,
  ModelFolder,
  place,
  readFiles,
  specOf,
  writeVersion,
} from '../../support/model-dir/version-files.ts';

describe('a version', () => {
  it('counts when its pull has placed it, with its key and its bytes', async () => {
    await using folder = new ModelFolder();
    const dir = await folder.open();
    const id = await place(dir, 'm', 1);
    expect(id).toBe(idOf(1));
    expect(dir.versionFolder('m', id)).toBe(folder.at('.outrigger', 'm', id));
    const version = { id, spec: specOf(1), filesKey: filesKeyOf(specOf(1)), bytes: 'model 1weights 1'.length };
    expect([...dir.models()]).toEqual([['m', { name: 'm', versions: [version], linked: null }]]);
  });

  it('that a pull tells of counts as one that was read, when its marker is there', async () => {
    await using folder = new ModelFolder();
    const dir = await folder.open();
    const pulled = { spec: specOf(1), bytes: 'model 1weights 1'.length };
    await expect(dir.placed('m', idOf(1), pulled)).rejects.toMatchObject({ code: 'INTERNAL' });
    writeVersion(folder.at('elsewhere'), { spec: specOf(1), files: filesOf(1) });
    mkdirSync(folder.at('.outrigger', 'm'));
    symlinkSync(folder.at('elsewhere'), dir.versionFolder('m', idOf(1)));
    await expect(dir.placed('m', idOf(1), pulled)).rejects.toMatchObject({ code: 'INTERNAL' });
    const id = `${idOf(1)}.1`;
    writeVersion(dir.versionFolder('m', id), { spec: specOf(1), files: filesOf(1) });
    await expect(dir.placed('m', id, { ...pulled, spec: specOf(2) })).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(dir.models().size).toBe(0);
    expect(await dir.placed('m', id, pulled)).toEqual(await dir.placed('m', id));
  });

  it('that is not complete is refused', async () => {
    await using folder = new ModelFolder();
    const dir = await folder.open();
    await expect(dir.placed('m', idOf(1))).rejects.toMatchObject({ code: 'INTERNAL' });
    writeVersion(dir.versionFolder('m', idOf(1)), { spec: specOf(2), files: filesOf(2) });
    await expect(dir.placed('m', idOf(1))).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(dir.link('m', idOf(1))).rejects.toMatchObject({ code: 'INTERNAL' });
    writeVersion(folder.at('elsewhere'), { spec: specOf(3), files: filesOf(3) });
    symlinkSync(folder.at('elsewhere'), dir.versionFolder('m', idOf(3)));
    await expect(dir.placed('m', idOf(3))).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(linkText(folder.at('m'))).toBeNull();
  });

  it('that comes back is newer than the one it follows: Triton takes older files for unchanged', async () => {
    await using folder = new ModelFolder();
    const dir = await folder.open();
    const [first, second] = [await place(dir, 'm', 1), await place(dir, 'm', 2)];
    const filesOfModel = () => readdirSync(folder.at('m')).map((name) => folder.at('m', name));
    const setTime = (time: number) => filesOfModel().forEach((file) => void utimesSync(file, time, time));
    await dir.link('m', first);
    setTime(1_000);
    await dir.link('m', second);
    setTime(2_000);
    await dir.link('m', first);
    expect(Math.max(...filesOfModel().map((file) => lstatSync(file).mtimeMs))).toBeGreaterThan(2_000_000);
  });

  it('has a number behind its id when the files behind the same URI changed', async () => {
    await using folder = new ModelFolder();
    const dir = await folder.open();
    expect(dir.nextVersionId('m', specOf(1))).toBe(idOf(1));
    const ids = [await place(dir, 'm', 1), await place(dir, 'm', 1), await place(dir, 'm', 1)];
    expect(ids).toEqual([idOf(1), `${idOf(1)}.1`, `${idOf(1)}.2`]);
    await dir.remove('m', idOf(1));
    expect(dir.nextVersionId('m', specOf(1))).toBe(idOf(1));
    expect(
      dir
        .models()
        .get('m')
        ?.versions.map(({ id }) => id),
    ).toEqual(ids.slice(1));
  });

  it.each(['', '.', '..', '../m', 'a/b', '.hidden', 'a\0b'])('of a model named %j is refused', async (name) => {
    await using folder = new ModelFolder();
    const dir = await folder.open();
    expect(() => dir.versionFolder(name, idOf(1))).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    for (const act of [dir.link(name, idOf(1)), dir.unlink(name), dir.remove(name, idOf(1)), dir.removeAll(name)]) {
      await expect(act).rejects.toMatchObject({ code: 'INTERNAL' });
    }
    await expect(dir.setAside(name)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(() => dir.versionFolder('m', `../${idOf(1)}`)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });
});

describe('the link', () => {
  it('is relative, leads to the version, and goes from one to the other', async () => {
    await using folder = new ModelFolder();
    const dir = await folder.open();
    const ids = [await place(dir, 'm', 1), await place(dir, 'm', 2)];
    for (const [nth, id] of ids.entries()) {
      await dir.link('m', id);
      expect(linkText(folder.at('m'))).toBe(`.outrigger/m/${id}`);
      expect(readFileSync(folder.at('m', '1', 'weights.bin'), 'utf8')).toBe(`weights ${nth + 1}`);
      expect(dir.models().get('m')?.linked).toBe(id);
    }
    await dir.unlink('m');
    await dir.unlink('m');
    expect(linkText(folder.at('m'))).toBeNull();
    expect(dir.models().get('m')?.linked).toBeNull();
  });

  it.each(['a folder', 'a file', 'a link of somebody else'])('takes the place of %s, which is kept', async (kind) => {
    await using folder = new ModelFolder();
    const dir = await folder.open();
    const [first, id] = [await place(dir, 'm', 1), await place(dir, 'm', 2)];
    for (const number of [1, 2]) {
      if (kind === 'a folder') mkdirSync(folder.at('m'));
      if (kind === 'a folder') writeFileSync(folder.at('m', 'own'), `mine ${number}`);
      if (kind === 'a file') writeFileSync(folder.at('m'), `mine ${number}`);
      if (kind === 'a link of somebody else') symlinkSync(`.outrigger/m/${first}/.`, folder.at('m'));
      await dir.link('m', id);
      const aside = folder.at('.outrigger', '.aside', `m-${number}`);
      if (kind === 'a folder') expect(readFiles(aside)).toEqual({ own: `mine ${number}` });
      if (kind === 'a file') expect(readFileSync(aside, 'utf8')).toBe(`mine ${number}`);
      if (kind === 'a link of somebody else') expect(linkText(aside)).toBe(`.outrigger/m/${first}/.`);
      expect(linkText(folder.at('m'))).toBe(`.outrigger/m/${id}`);
      expect(folder.warned).toHaveLength(number);
      await dir.unlink('m');
    }
  });

  it('of somebody else is not removed', async () => {
    await using folder = new ModelFolder();
    const dir = await folder.open();
    symlinkSync('/nowhere', folder.at('m'));
    mkdirSync(folder.at('n'));
    for (const name of ['m', 'n']) await dir.removeAll(name);
    expect(readdirSync(folder.path).sort()).toEqual(['.outrigger', 'm', 'n']);
  });
});

describe('removing', () => {
  it('is refused for the linked version', async () => {
    await using folder = new ModelFolder();
    const dir = await folder.open();
    const id = await place(dir, 'm', 1);
    await dir.link('m', id);
    await expect(dir.remove('m', id)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(readFiles(folder.at('m'))).toMatchObject(filesOf(1));
    expect(dir.models().get('m')?.linked).toBe(id);
  });

  it('of a version is done at once, and its files are gone when it resolves', async () => {
    await using folder = new ModelFolder();
    const dir = await folder.open();
    const [old, id] = [await place(dir, 'm', 1), await place(dir, 'm', 2)];
    await dir.link('m', id);
    await dir.remove('m', old);
    await dir.remove('m', old);
    expect(
      dir
        .models()
        .get('m')
        ?.versions.map((version) => version.id),
    ).toEqual([id]);
    expect(readdirSync(folder.at('.outrigger', 'm'))).toEqual([id]);
    expect(readdirSync(folder.at('.outrigger', '.trash'))).toEqual([]);
    expect(readFiles(folder.at('m'))).toMatchObject(filesOf(2));
  });

  it('the last version removes the model', async () => {
    await using folder = new ModelFolder();
    const dir = await folder.open();
    await dir.remove('m', await place(dir, 'm', 1));
    expect(dir.models().size).toBe(0);
    expect(readdirSync(folder.at('.outrigger')).sort()).toEqual(['.aside', '.drafts', '.trash']);
  });

  it('all takes the link, the versions and what pulls left', async () => {
    await using folder = new ModelFolder();
    const dir = await folder.open();
    await dir.link('m', await place(dir, 'm', 1));
    await place(dir, 'm', 2);
    mkdirSync(join(dir.versionFolder('m', idOf(3)), '.outrigger'), { recursive: true });
    await dir.removeAll('m');
    await dir.removeAll('m');
    expect(dir.models().size).toBe(0);
    expect(readdirSync(folder.path)).toEqual(['.outrigger']);
    expect(readdirSync(folder.at('.outrigger', '.trash'))).toEqual([]);
  });

  it('unfinished pulls leaves complete versions and the one that goes on', async () => {
    await using folder = new ModelFolder();
    const dir = await folder.open();
    const id = await place(dir, 'm', 1);
    for (const revision of [2, 3]) mkdirSync(dir.versionFolder('m', idOf(revision)));
    await dir.removeUnfinished('m', [idOf(3)]);
    expect(readdirSync(folder.at('.outrigger', 'm')).sort()).toEqual([id, idOf(3)].sort());
    await dir.remove('m', id);
    expect(dir.models().get('m')).toEqual({ name: 'm', versions: [], linked: null });
    await dir.removeUnfinished('m', []);
    expect(existsSync(folder.at('.outrigger', 'm'))).toBe(false);
    expect(dir.models().size).toBe(0);
  });

  it('does not follow links out of the model folder', async () => {
    await using folder = new ModelFolder();
    await using elsewhere = new ModelFolder();
    writeFileSync(elsewhere.at('theirs'), 'kept');
    const dir = await folder.open();
    const id = await place(dir, 'm', 1);
    symlinkSync(elsewhere.path, join(dir.versionFolder('m', id), 'link'));
    symlinkSync(elsewhere.at('theirs'), join(dir.versionFolder('m', id), 'file'));
    symlinkSync(elsewhere.path, dir.versionFolder('m', idOf(2)));
    await dir.remove('m', id);
    await dir.removeAll('m');
    expect(readdirSync(folder.at('.outrigger', '.trash'))).toEqual([]);
    expect(readFiles(elsewhere.path)).toEqual({ theirs: 'kept' });
  });
});

it('runtimes of another user get in, whatever the umask', async () => {
  await using folder = new ModelFolder();
  const before = process.umask(0o077);
  try {
    const dir = await folder.open();
    await place(dir, 'm', 1);
  } finally {
    process.umask(before);
  }
  expect(lstatSync(folder.at('.outrigger')).mode & 0o777).toBe(0o755);
  expect(lstatSync(folder.at('.outrigger', '.trash')).mode & 0o777).toBe(0o700);
});

it('versions stand in the order in which they were placed, also after a restart', async () => {
  await using folder = new ModelFolder();
  const dir = await folder.open();
  const ids: string[] = [];
  for (const revision of [5, 3, 9, 1]) {
    const id = await place(dir, 'm', revision);
    ids.push(id);
    utimesSync(join(dir.versionFolder('m', id), `SUCCESS.${id}`), ids.length, ids.length);
  }
  expect(
    dir
      .models()
      .get('m')
      ?.versions.map(({ id }) => id),
  ).toEqual(ids);
  expect(
    (await folder.open())
      .models()
      .get('m')
      ?.versions.map(({ id }) => id),
  ).toEqual(ids);
});
