// A target folder is never what one wishes: links, files and folders of others are in the way, and nothing is written behind them.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { markerName, readMarker } from '../../../src/storage/folder/marker.ts';
import { openStaging } from '../../../src/storage/folder/open-staging.ts';
import { checksumsOf, contentOf, objectOf, stage, TargetFolder } from '../../support/staging/scripted-model.ts';

const spec = { storageUri: 's3://bucket/model' };

async function pull(target: string, keys: readonly string[], of: Record<string, unknown> = spec): Promise<void> {
  await using staging = await openStaging({ target, spec: of });
  await stage(
    staging,
    keys.map((key) => objectOf(key)),
  );
  await staging.publish();
}

it.each([
  ['a symbolic link', 'UNSAFE_PATH', (path: string, outside: string) => symlinkSync(outside, path)],
  [
    'a dangling symbolic link',
    'UNSAFE_PATH',
    (path: string, outside: string) => symlinkSync(join(outside, 'no'), path),
  ],
  ['a file of somebody else', 'FOLDER_UNUSABLE', (path: string) => writeFileSync(path, 'theirs')],
])(
  '%s where a folder has to be is neither followed nor replaced, and the model before stays whole',
  async (_, code, put) => {
    using target = new TargetFolder();
    using outside = new TargetFolder();
    await pull(target.path, ['a']);
    put(join(target.path, 'b'), outside.path);
    await expect(pull(target.path, ['a', 'b/c'])).rejects.toMatchObject({ code });
    expect(readdirSync(outside.path)).toEqual([]);
    expect(await readMarker(target.path, spec)).not.toBeNull();
  },
);

it('a link as the folder of staging is not followed', async () => {
  using target = new TargetFolder();
  using outside = new TargetFolder();
  symlinkSync(outside.path, join(target.path, '.outrigger'));
  await expect(pull(target.path, ['a'])).rejects.toMatchObject({ code: 'FOLDER_UNUSABLE' });
  expect(readdirSync(outside.path)).toEqual([]);
});

it('links inside a staging folder that somebody else prepared are not followed', async () => {
  using target = new TargetFolder();
  using outside = new TargetFolder();
  mkdirSync(join(target.path, '.outrigger'), { mode: 0o777 });
  symlinkSync(outside.path, join(target.path, '.outrigger/files'));
  await expect(pull(target.path, ['a'])).rejects.toMatchObject({ code: 'FOLDER_UNUSABLE' });
  expect(readdirSync(outside.path)).toEqual([]);
});

it('a link, or a FIFO, where a file has to be is replaced itself', async () => {
  using target = new TargetFolder();
  using outside = new TargetFolder();
  const kept = join(outside.path, 'kept');
  writeFileSync(kept, 'theirs');
  symlinkSync(kept, join(target.path, 'a'));
  spawnSync('mkfifo', [join(target.path, 'b')]);
  symlinkSync(kept, join(target.path, markerName(spec)));
  await pull(target.path, ['a', 'b']);
  expect(readFileSync(kept, 'utf8')).toBe('theirs');
  for (const name of ['a', 'b', markerName(spec)]) expect(lstatSync(join(target.path, name)).isFile()).toBe(true);
});

it('a folder of somebody else where a file has to be is named, and left', async () => {
  using target = new TargetFolder();
  mkdirSync(join(target.path, 'a/theirs'), { recursive: true });
  await expect(pull(target.path, ['a'])).rejects.toThrow(join(target.path, 'a'));
  expect(existsSync(join(target.path, 'a/theirs'))).toBe(true);
});

it('files of ours become folders, and folders of ours files', async () => {
  using target = new TargetFolder();
  await pull(target.path, ['a', 'b/c']);
  await pull(target.path, ['a/d', 'b']);
  expect(readdirSync(target.path, { recursive: true }).toSorted()).toEqual([markerName(spec), 'a', 'a/d', 'b']);
});

it('a key that is a file and the folder of another is refused, and nothing is touched', async () => {
  using target = new TargetFolder();
  await expect(pull(target.path, ['a', 'a/b'])).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
  expect(readdirSync(target.path)).toEqual(['.outrigger']);
});

it.each(['../a', '/a', 'a/../../b', '.outrigger/journal', markerName(spec), 'a\0b', ''])(
  'no file is staged as %j',
  async (path) => {
    using target = new TargetFolder();
    await using staging = await openStaging({ target: target.path, spec });
    const opened = staging.open({ path, object: objectOf('a') });
    await expect(opened).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
  },
);

it('a marker that names files outside the folder is not believed', async () => {
  using target = new TargetFolder();
  using outside = new TargetFolder();
  const kept = join(outside.path, 'kept');
  writeFileSync(kept, 'theirs');
  const file = { path: `../${kept.split('/').slice(-2).join('/')}`, bytes: 6, mtimeMs: 0, checksums: { md5: '' } };
  const files = [{ ...file, source: { key: 'kept', version: 'v', bytes: 6 } }];
  writeFileSync(join(target.path, markerName(spec)), JSON.stringify({ ...spec, outrigger: { files } }));
  await pull(target.path, ['a']);
  expect(readFileSync(kept, 'utf8')).toBe('theirs');
});

it('a target that is a file, or lies below one, is refused', async () => {
  using target = new TargetFolder();
  const file = join(target.path, 'file');
  writeFileSync(file, 'theirs');
  for (const place of [file, join(file, 'below')]) {
    await expect(pull(place, ['a'])).rejects.toMatchObject({ code: 'FOLDER_UNUSABLE' });
  }
});

it('an archive is replaced by its members', async () => {
  using target = new TargetFolder();
  await using staging = await openStaging({ target: target.path, spec });
  await stage(staging, [objectOf('model.tar')]);
  const folder = await staging.unpackFolder('model.tar');
  const content = contentOf(objectOf('member'));
  mkdirSync(join(folder, 'deep'));
  writeFileSync(join(folder, 'deep/member'), content, { mode: 0o666 });
  const { mtimeMs, size } = lstatSync(join(folder, 'deep/member'));
  const member = { path: 'deep/member', bytes: size, mtimeMs, checksums: checksumsOf(content) };
  staging.unpacked('model.tar', [member]);
  expect(await staging.publish()).toEqual([{ ...member, source: { key: 'model.tar', version: 'v1', bytes: 700 } }]);
  expect(readdirSync(target.path, { recursive: true }).toSorted()).toEqual([markerName(spec), 'deep', 'deep/member']);
  expect(lstatSync(join(target.path, 'deep/member')).mode & 0o777).toBe(0o644);
});

it('a member that changed after it was unpacked is not published', async () => {
  using target = new TargetFolder();
  await using staging = await openStaging({ target: target.path, spec });
  await stage(staging, [objectOf('model.tar')]);
  const folder = await staging.unpackFolder('model.tar');
  writeFileSync(join(folder, 'member'), 'less');
  staging.unpacked('model.tar', [{ path: 'member', bytes: 5, mtimeMs: 0, checksums: { md5: '' } }]);
  await expect(staging.publish()).rejects.toMatchObject({ code: 'FOLDER_UNUSABLE' });
  expect(readdirSync(target.path)).toEqual(['.outrigger']);
});
