// Folders that KServe's agent filled, or somebody else, become versions, or are left alone.
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModelEntry } from '../../../src/puller/models-file/read-model-entry.ts';
import { openStaging } from '../../../src/storage/folder/open-staging.ts';
import {
  filesOf,
  idOf,
  linkText,
  ModelFolder,
  markerOfSpec,
  readFiles,
  specOf,
  writeFiles,
  writeGoModel,
  writeVersion,
} from '../../support/model-dir/version-files.ts';
import { objectOf, stage } from '../../support/staging/scripted-model.ts';

const goMarker = `SUCCESS.${'5e'.repeat(32)}`;
const adoptedFiles = { ...filesOf(1), [`SUCCESS.${idOf(1)}`]: expect.any(String) };

describe('a folder of KServe’s agent', () => {
  it('is a linked version that models.json means, and no file was touched', async () => {
    await using folder = new ModelFolder();
    writeGoModel(folder.at('m'), { spec: specOf(1), files: filesOf(1) });
    const before = lstatSync(folder.at('m', 'model.bin'));
    const dir = await folder.open();
    const wanted = readModelEntry({ modelName: 'm', modelSpec: specOf(1) }, 0);
    const filesKey = 'filesKey' in wanted ? wanted.filesKey : null;
    const version = { id: idOf(1), spec: specOf(1), filesKey, bytes: 'model 1weights 1'.length };
    expect([...dir.models().values()]).toEqual([{ name: 'm', versions: [version], linked: idOf(1) }]);
    expect(linkText(folder.at('m'))).toBe(`.outrigger/m/${idOf(1)}`);
    expect(readFiles(folder.at('m'))).toEqual(adoptedFiles);
    const { ino, mtimeMs } = lstatSync(folder.at('m', 'model.bin'));
    expect({ ino, mtimeMs }).toEqual({ ino: before.ino, mtimeMs: before.mtimeMs });
    expect(folder.warned).toEqual([]);
  });

  it('is what it was after the next start, and can be replaced and removed', async () => {
    await using folder = new ModelFolder();
    writeGoModel(folder.at('m'), { spec: specOf(1), files: filesOf(1) });
    const adopted = [...(await folder.open()).models().values()];
    const dir = await folder.open();
    expect([...dir.models().values()]).toEqual(adopted);
    expect(dir.nextVersionId('m', specOf(1))).toBe(`${idOf(1)}.1`);
    await dir.removeAll('m');
    expect(readdirSync(folder.path)).toEqual(['.outrigger']);
  });

  it('leaves no secret of its URI on the disk', async () => {
    await using folder = new ModelFolder();
    const storageUri = 'https://u:secret@host.example/model.bin?sig=secret&x-amz-signature=secret';
    writeGoModel(folder.at('m'), { spec: specOf(1, { storageUri }), files: filesOf(1) });
    const dir = await folder.open();
    expect(dir.models().get('m')?.linked).not.toBeNull();
    expect(JSON.stringify(readFiles(folder.path))).not.toContain('secret');
  });

  it.each([{ memory: 1e9 }, { memory: '0' }, { memory: '1500m' }, { framework: '' }])(
    'may have the spec %j',
    async (more) => {
      await using folder = new ModelFolder();
      writeGoModel(folder.at('m'), { spec: specOf(1, more), files: filesOf(1) });
      expect((await folder.open()).models().get('m')?.versions).toHaveLength(1);
    },
  );

  it('that changed its model is the newest one', async () => {
    await using folder = new ModelFolder();
    writeGoModel(folder.at('m'), { spec: specOf(2), files: filesOf(2) });
    renameSync(folder.at('m', goMarker), folder.at('m', goMarker.replace('5e', '0f')));
    writeGoModel(folder.at('m'), { spec: specOf(1), files: filesOf(1) });
    utimesSync(folder.at('m', goMarker.replace('5e', '0f')), 1_000, 1_000);
    expect((await folder.open()).models().get('m')?.linked).toBe(idOf(1));
    expect(readFiles(folder.at('m'))).toEqual(adoptedFiles);
  });

  it('is fetched anew by a pull that has to repair it, since nobody has verified it', async () => {
    await using folder = new ModelFolder();
    const files = { a: 'aaa', b: 'bbb' };
    writeGoModel(folder.at('m'), { spec: specOf(1), files });
    await folder.open();
    rmSync(folder.at('m', 'b'));
    const dir = await folder.open();
    expect(dir.models().get('m')).toMatchObject({ versions: [], linked: null });
    await using staging = await openStaging({ target: dir.versionFolder('m', idOf(1)), spec: specOf(1) });
    expect(await stage(staging, [objectOf('a'), objectOf('b')])).toEqual(['a', 'b']);
    await staging.publish();
    expect(await dir.placed('m', idOf(1))).toMatchObject({ bytes: 1_400 });
  });
});

it('a folder that stands where the link of an adopted model was is in nobody’s way at the start', async () => {
  await using folder = new ModelFolder();
  writeGoModel(folder.at('m'), { spec: specOf(1), files: filesOf(1) });
  await folder.open();
  rmSync(folder.at('m'));
  writeFiles(folder.at('m'), { own: 'mine' });
  expect((await folder.open()).models().get('m')).toMatchObject({ versions: [{ id: idOf(1) }], linked: null });
  expect(readFiles(folder.at('m'))).toEqual({ own: 'mine' });
});

it('a marker of an adopted model that leaves its folder is none', async () => {
  await using folder = new ModelFolder();
  writeFiles(folder.at('.outrigger', 'm'), { outside: 'o' });
  const { size: bytes, mtimeMs } = lstatSync(folder.at('.outrigger', 'm', 'outside'));
  const marker = JSON.stringify({ ...specOf(1), outrigger: { adopted: [{ path: '../outside', bytes, mtimeMs }] } });
  writeFiles(folder.at('.outrigger', 'm', idOf(1)), { [markerOfSpec(specOf(1))]: marker });
  writeFiles(folder.at('n'), { [markerOfSpec(specOf(1))]: marker });
  const dir = await folder.open();
  expect([...dir.models()]).toEqual([['m', { name: 'm', versions: [], linked: null }]]);
  expect(lstatSync(folder.at('n')).isDirectory()).toBe(true);
});

describe('a kill', () => {
  /** The folder as adoption leaves it, undone from the end. */
  const states: Record<string, (folder: ModelFolder) => void> = {
    'before the link': (folder) => rmSync(folder.at('m')),
    'before the move': (folder) => {
      rmSync(folder.at('m'));
      renameSync(folder.at('.outrigger', 'm', idOf(1)), folder.at('m'));
    },
    'before the folder of its versions': (folder) => {
      states['before the move']?.(folder);
      rmSync(folder.at('.outrigger', 'm'), { recursive: true });
    },
    'before the marker of the other went': (folder) => {
      states['before the folder of its versions']?.(folder);
      writeFileSync(folder.at('m', goMarker), JSON.stringify(specOf(1)));
    },
    'before our marker had its name': (folder) => {
      states['before the marker of the other went']?.(folder);
      renameSync(folder.at('m', `SUCCESS.${idOf(1)}`), folder.at('.outrigger', '.drafts', 'draft'));
    },
  };

  it.each(Object.keys(states))('%s is made good by the next start', async (state) => {
    await using folder = new ModelFolder();
    writeGoModel(folder.at('m'), { spec: specOf(1), files: filesOf(1) });
    const adopted = [...(await folder.open()).models().values()];
    states[state]?.(folder);
    const again = await folder.open();
    await again.swept;
    expect([...again.models().values()]).toEqual(adopted);
    expect(readFiles(folder.at('m'))).toEqual(adoptedFiles);
    expect(readdirSync(folder.at('.outrigger')).sort()).toEqual(['.aside', '.drafts', '.trash', 'm']);
    expect(readdirSync(folder.at('.outrigger', '.drafts'))).toEqual([]);
  });
});

describe('left alone is a folder', () => {
  const cases: Record<string, (path: string) => void> = {
    'without a marker': (path) => rmSync(join(path, goMarker)),
    'with an empty marker, of an agent that was killed': (path) => writeFileSync(join(path, goMarker), ''),
    'with a marker that is null': (path) => writeFileSync(join(path, goMarker), 'null'),
    'with a marker of a URI that names no store': (path) =>
      writeFileSync(join(path, goMarker), JSON.stringify(specOf(1, { storageUri: 'ftp://host/model' }))),
    'with a marker that is a link': (path) => {
      renameSync(join(path, goMarker), join(path, 'real'));
      symlinkSync('real', join(path, goMarker));
    },
    'with a file younger than its marker: half of another model': (path) => {
      const { mtimeMs } = lstatSync(join(path, goMarker));
      utimesSync(join(path, '1', 'weights.bin'), mtimeMs / 1_000 + 1, mtimeMs / 1_000 + 1);
    },
    'with a link in it': (path) => symlinkSync('/etc', join(path, '1', 'etc')),
    'where a pull of ours had begun': (path) => mkdirSync(join(path, '.outrigger')),
    'with nothing but a marker': (path) => {
      for (const name of ['model.bin', '1']) rmSync(join(path, name), { recursive: true });
    },
  };

  it.each(Object.keys(cases))('%s, until somebody wants a model of its name', async (kind) => {
    await using folder = new ModelFolder();
    writeGoModel(folder.at('m'), { spec: specOf(1), files: filesOf(1) });
    cases[kind]?.(folder.at('m'));
    cpSync(folder.at('m'), folder.at('.copy'), { recursive: true, verbatimSymlinks: true });
    const dir = await folder.open();
    expect(dir.models().size).toBe(0);
    await dir.removeAll('m');
    expect(readFiles(folder.at('m'))).toEqual(readFiles(folder.at('.copy')));
    expect(folder.warned).toEqual([]);
    await dir.setAside('m');
    await dir.setAside('m');
    expect(existsSync(folder.at('m'))).toBe(false);
    expect(readFiles(folder.at('.outrigger', '.aside', 'm-1'))).toEqual(readFiles(folder.at('.copy')));
    expect(folder.warned).toEqual(['m']);
  });
});

describe('a folder of `outrigger pull`', () => {
  it('is adopted with its marker as it is', async () => {
    await using folder = new ModelFolder();
    writeVersion(folder.at('m'), { spec: specOf(1), files: filesOf(1) });
    const before = readFiles(folder.at('m'));
    expect((await folder.open()).models().get('m')?.linked).toBe(idOf(1));
    expect(readFiles(folder.at('m'))).toEqual(before);
  });

  it('with a changed file, or with two models, is left alone', async () => {
    await using folder = new ModelFolder();
    for (const name of ['m', 'n']) writeVersion(folder.at(name), { spec: specOf(1), files: filesOf(1) });
    writeFileSync(folder.at('m', 'model.bin'), 'other');
    writeVersion(folder.at('n'), { spec: specOf(2), files: { other: '' } });
    const dir = await folder.open();
    expect(dir.models().size).toBe(0);
    expect(readdirSync(folder.at('n')).sort()).toEqual(
      [...Object.keys({ 1: '', 'model.bin': '', other: '' }), markerOfSpec(specOf(1)), markerOfSpec(specOf(2))].sort(),
    );
  });

  it('beside a version of the same spec has a number behind its id', async () => {
    await using folder = new ModelFolder();
    writeVersion(folder.at('.outrigger', 'm', idOf(1)), { spec: specOf(1), files: filesOf(1) });
    writeGoModel(folder.at('m'), { spec: specOf(1), files: filesOf(1) });
    const dir = await folder.open();
    expect(
      dir
        .models()
        .get('m')
        ?.versions.map(({ id }) => id)
        .sort(),
    ).toEqual([idOf(1), `${idOf(1)}.1`]);
  });
});
