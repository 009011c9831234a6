// What the next start makes of a model folder, whatever the last one left.
import { mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { markerOf } from '../../../src/puller/model-dir/layout.ts';
import { openStaging } from '../../../src/storage/folder/open-staging.ts';
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
import { objectOf, stage } from '../../support/staging/scripted-model.ts';

describe('after a restart', () => {
  it('complete versions and links are what they were', async () => {
    await using folder = new ModelFolder();
    const dir = await folder.open();
    for (const name of ['a', 'b']) await dir.link(name, await place(dir, name, 1));
    await place(dir, 'a', 2);
    await place(dir, 'a', 1);
    await place(dir, 'c', 1);
    const again = (await folder.open()).models();
    expect(
      again
        .get('a')
        ?.versions.map(({ id }) => id)
        .sort(),
    ).toEqual([idOf(1), `${idOf(1)}.1`, idOf(2)].sort());
    expect(new Set(again.get('a')?.versions)).toEqual(new Set(dir.models().get('a')?.versions));
    expect([...again.keys()].sort()).toEqual(['a', 'b', 'c']);
    expect([...again.values()].map(({ name, linked }) => [name, linked]).sort()).toEqual([
      ['a', idOf(1)],
      ['b', idOf(1)],
      ['c', null],
    ]);
    expect(folder.warned).toEqual([]);
  });

  it.each(['gone', 'of another size', 'written to', 'a link'])(
    'a version with a file that is %s counts no more',
    async (how) => {
      await using folder = new ModelFolder();
      const dir = await folder.open();
      await dir.link('m', await place(dir, 'm', 1));
      const file = join(dir.versionFolder('m', idOf(1)), 'model.bin');
      if (how === 'written to') utimesSync(file, 1_000, 1_000);
      else rmSync(file);
      if (how === 'of another size') writeFileSync(file, '');
      if (how === 'a link') symlinkSync('1/weights.bin', file);
      const again = await folder.open();
      expect(again.models().get('m')).toEqual({ name: 'm', versions: [], linked: null });
      expect(linkText(folder.at('m'))).toBeNull();
      expect(again.nextVersionId('m', specOf(1))).toBe(idOf(1));
      expect(folder.warned).toEqual([again.versionFolder('m', idOf(1)), 'm']);
    },
  );

  it('a version counts only with the marker of its own spec', async () => {
    await using folder = new ModelFolder();
    const dir = await folder.open();
    await place(dir, 'm', 1);
    const marker = (revision: number): string => join(dir.versionFolder('m', idOf(1)), markerOf(idOf(revision)));
    writeFileSync(marker(1), JSON.stringify({ ...specOf(2), outrigger: { files: [] } }));
    expect((await folder.open()).models().get('m')?.versions).toEqual([]);
    rmSync(marker(1));
    writeFileSync(marker(2), JSON.stringify({ ...specOf(2), outrigger: { files: [] } }));
    expect((await folder.open()).models().get('m')?.versions).toEqual([]);
  });

  it('a pull makes such a version whole, and fetches only what it lacks', async () => {
    await using folder = new ModelFolder();
    const target = folder.at('.outrigger', 'm', idOf(1));
    const objects = ['a', 'b', 'c/d'].map((key) => objectOf(key));
    const pull = async (): Promise<string[]> => {
      await using staging = await openStaging({ target, spec: specOf(1) });
      const fetched = await stage(staging, objects);
      await staging.publish();
      return fetched;
    };
    expect(await pull()).toEqual(['a', 'b', 'c/d']);
    rmSync(join(target, 'b'));
    const dir = await folder.open();
    expect(dir.models().get('m')?.versions).toEqual([]);
    expect(await pull()).toEqual(['b']);
    expect(await dir.placed('m', idOf(1))).toMatchObject({ id: idOf(1), bytes: 2_100 });
  });
});

describe('a kill', () => {
  it('in a pull leaves no version, and its files stay for the next pull', async () => {
    await using folder = new ModelFolder();
    const target = folder.at('.outrigger', 'm', idOf(1));
    mkdirSync(join(target, '.outrigger', 'files'), { recursive: true });
    writeFileSync(join(target, '.outrigger', 'files', '1'), 'half');
    writeFileSync(join(target, 'model.bin'), 'placed');
    const dir = await folder.open();
    expect([...dir.models()]).toEqual([['m', { name: 'm', versions: [], linked: null }]]);
    expect(readdirSync(target).sort()).toEqual(['.outrigger', 'model.bin']);
    expect(dir.nextVersionId('m', specOf(1))).toBe(idOf(1));
  });

  it('between pull and link leaves a version that can be linked', async () => {
    await using folder = new ModelFolder();
    writeVersion(folder.at('.outrigger', 'm', idOf(1)), { spec: specOf(1), files: filesOf(1) });
    const dir = await folder.open();
    expect(dir.models().get('m')).toMatchObject({ versions: [{ id: idOf(1) }], linked: null });
    await dir.link('m', idOf(1));
    expect(readFiles(folder.at('m'))).toMatchObject(filesOf(1));
  });

  it('between the link and its name leaves nothing behind', async () => {
    await using folder = new ModelFolder();
    const dir = await folder.open();
    await dir.link('m', await place(dir, 'm', 1));
    symlinkSync(`.outrigger/m/${idOf(2)}`, folder.at('.outrigger', '.drafts', 'draft'));
    writeFileSync(folder.at('.outrigger', '.drafts', 'marker'), '{}');
    const again = await folder.open();
    await again.swept;
    expect(again.models().get('m')?.linked).toBe(idOf(1));
    for (const inner of ['.drafts', '.trash']) expect(readdirSync(folder.at('.outrigger', inner))).toEqual([]);
  });

  it('in a deletion leaves what the next start deletes', async () => {
    await using folder = new ModelFolder();
    const dir = await folder.open();
    await dir.link('m', await place(dir, 'm', 1));
    writeVersion(folder.at('.outrigger', '.trash', 'one'), { spec: specOf(2), files: filesOf(2) });
    mkdirSync(folder.at('.outrigger', '.trash', 'two', 'deep'), { recursive: true });
    writeFileSync(folder.at('.outrigger', '.trash', 'three'), '');
    const again = await folder.open();
    await again.swept;
    expect(readdirSync(folder.at('.outrigger', '.trash'))).toEqual([]);
    expect([...again.models().values()]).toEqual([...dir.models().values()]);
  });

  it('between the version and its folder in a removal leaves no model', async () => {
    await using folder = new ModelFolder();
    mkdirSync(folder.at('.outrigger', 'm'), { recursive: true });
    const dir = await folder.open();
    expect(dir.models().size).toBe(0);
    expect(readdirSync(folder.at('.outrigger'))).not.toContain('m');
  });
});

describe('a link', () => {
  it.each([
    ['to a version that is not there', `.outrigger/m/${idOf(1)}`],
    ['to a model that is not there', `.outrigger/gone/${idOf(1)}`],
  ])('of ours %s is removed', async (_, text) => {
    await using folder = new ModelFolder();
    const name = text.split('/')[1] as string;
    const dir = await folder.open();
    await place(dir, 'm', 2);
    symlinkSync(text, folder.at(name));
    const again = await folder.open();
    expect(linkText(folder.at(name))).toBeNull();
    expect(again.models().get(name)?.linked ?? null).toBeNull();
    expect(folder.warned).toEqual([name]);
  });

  it('of somebody else stays, wherever it leads', async () => {
    await using folder = new ModelFolder();
    const dir = await folder.open();
    await place(dir, 'm', 1);
    const links = {
      gone: '/nowhere',
      up: '..',
      m: `.outrigger/n/${idOf(1)}`,
      n: folder.at('.outrigger', 'm', idOf(1)),
    };
    for (const [name, text] of Object.entries(links)) symlinkSync(text, folder.at(name));
    const again = await folder.open();
    for (const [name, text] of Object.entries(links)) expect(linkText(folder.at(name))).toBe(text);
    expect(again.models().get('m')?.linked).toBeNull();
  });
});

it('what is no version in our folder is removed, and what it leads to stays', async () => {
  await using folder = new ModelFolder();
  await using elsewhere = new ModelFolder();
  writeVersion(elsewhere.at(idOf(1)), { spec: specOf(1), files: filesOf(1) });
  const dir = await folder.open();
  await place(dir, 'm', 2);
  symlinkSync(elsewhere.path, folder.at('.outrigger', 'n'));
  symlinkSync(elsewhere.at(idOf(1)), folder.at('.outrigger', 'm', idOf(1)));
  mkdirSync(folder.at('.outrigger', 'm', 'stray'));
  writeFileSync(folder.at('.outrigger', 'file'), '');
  const again = await folder.open();
  await again.swept;
  expect([...again.models().values()].flatMap(({ versions }) => versions.map(({ id }) => id))).toEqual([idOf(2)]);
  expect(readdirSync(folder.at('.outrigger', 'm'))).toEqual([idOf(2)]);
  expect(Object.keys(readFiles(elsewhere.at(idOf(1)))).sort()).toEqual([
    '1/weights.bin',
    markerOf(idOf(1)),
    'model.bin',
  ]);
});

it('hundreds of models are looked through without holding up the thread', async () => {
  await using folder = new ModelFolder();
  for (let nth = 0; nth < 200; nth += 1) {
    const name = `model-${nth}`;
    writeVersion(folder.at('.outrigger', name, idOf(1)), { spec: specOf(1), files: { 'model.bin': 'x' } });
    symlinkSync(`.outrigger/${name}/${idOf(1)}`, folder.at(name));
  }
  let turns = 0;
  const clock = setInterval(() => (turns += 1), 1);
  const dir = await folder.open();
  clearInterval(clock);
  expect([...dir.models().values()].filter(({ linked }) => linked === idOf(1))).toHaveLength(200);
  expect(turns).toBeGreaterThan(10);
});
