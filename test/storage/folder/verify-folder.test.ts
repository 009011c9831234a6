// The cheap look of a second pull, and the thorough one of --verify.
import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checksumFile } from '../../../src/storage/checksum/check-file.ts';
import { changedFiles } from '../../../src/storage/folder/changed-files.ts';
import type { Manifest } from '../../../src/storage/folder/manifest.ts';
import { readMarker } from '../../../src/storage/folder/marker.ts';
import { openStaging } from '../../../src/storage/folder/open-staging.ts';
import { verifyFolder } from '../../../src/storage/folder/verify-folder.ts';
import { objectOf, stage, TargetFolder } from '../../support/staging/scripted-model.ts';

const spec = { storageUri: 's3://bucket/model' };
const keys = ['same', 'gone', 'cut', 'flipped', 'folder', 'linked/file'];

async function pulled(target: string): Promise<Manifest> {
  await using staging = await openStaging({ target, spec });
  await stage(
    staging,
    keys.map((key) => objectOf(key)),
  );
  await staging.publish();
  return (await readMarker(target, spec)) as Manifest;
}

/** Same length, same modification time, one other byte. */
function flip(path: string, { files }: Manifest): void {
  writeFileSync(path, Buffer.alloc(700));
  const seconds = (files[0]?.mtimeMs ?? 0) / 1_000;
  utimesSync(path, seconds, seconds);
}

function spoil(target: string, manifest: Manifest): void {
  rmSync(join(target, 'gone'));
  truncateSync(join(target, 'cut'), 699);
  flip(join(target, 'flipped'), manifest);
  rmSync(join(target, 'folder'));
  mkdirSync(join(target, 'folder'));
  renameSync(join(target, 'linked'), join(target, 'elsewhere'));
  symlinkSync(join(target, 'elsewhere'), join(target, 'linked'));
}

it('the cheap look sees what is missing, has another size or was written to', async () => {
  using target = new TargetFolder();
  const manifest = await pulled(target.path);
  expect(await changedFiles(target.path, manifest)).toEqual([]);
  spoil(target.path, manifest);
  expect((await changedFiles(target.path, manifest)).map(({ path }) => path)).toEqual([
    'gone',
    'cut',
    'folder',
    'linked/file',
  ]);
  utimesSync(join(target.path, 'same'), 1, 1);
  expect((await changedFiles(target.path, manifest)).map(({ path }) => path)).toContain('same');
});

it('the thorough look names each difference, and counts every byte', async () => {
  using target = new TargetFolder();
  const manifest = await pulled(target.path);
  const bytes = { seen: 0 };
  const onBytes = (more: number): void => {
    bytes.seen += more;
  };
  const options = { checksumFile, onBytes, signal: new AbortController().signal };
  expect(await verifyFolder(target.path, manifest, options)).toEqual([]);
  expect(bytes.seen).toBe(700 * keys.length);
  spoil(target.path, manifest);
  expect(await verifyFolder(target.path, manifest, options)).toEqual([
    { path: 'gone', kind: 'missing' },
    { path: 'cut', kind: 'size' },
    { path: 'flipped', kind: 'checksum' },
    { path: 'folder', kind: 'not a file' },
    { path: 'linked/file', kind: 'missing' },
  ]);
});

it('it can be interrupted', async () => {
  using target = new TargetFolder();
  const manifest = await pulled(target.path);
  const interrupted = new AbortController();
  const onBytes = (): void => interrupted.abort();
  const verified = verifyFolder(target.path, manifest, { checksumFile, onBytes, signal: interrupted.signal });
  await expect(verified).rejects.toMatchObject({ code: 'PULL_CANCELLED' });
});
