// Which files that a whole pull placed does the next one find again?

import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { openStaging } from '../../../src/storage/folder/open-staging.ts';
import type { StoredObject } from '../../../src/storage/object-store.ts';
import { checksumsOf, objectOf, TargetFolder } from '../../support/staging/scripted-model.ts';

const spec = { storageUri: 'gs://bucket/model' };
const packed = gzipSync('words '.repeat(1000));
const kept: StoredObject = { ...objectOf('vocab', 'v1', packed.length), contentEncoding: 'gzip' };

/** As a download leaves it: the object's bytes expanded. False: it was here. */
async function pullExpanded(target: string, object: StoredObject): Promise<boolean> {
  await using staging = await openStaging({ target, spec });
  const staged = await staging.open({ path: 'vocab', object });
  if (staged !== null) {
    const bytes = gunzipSync(packed);
    staged.allocate(packed.length);
    const expanded = `${staging.pathOf('vocab')}.expanded`;
    writeFileSync(expanded, bytes);
    staged.replaceBy(expanded);
    await staged.complete(checksumsOf(bytes));
    staged.close();
  }
  await staging.publish();
  return staged !== null;
}

it('finds a file again that its store keeps compressed', async () => {
  using folder = new TargetFolder();
  expect(await pullExpanded(folder.path, kept)).toBe(true);
  expect(await pullExpanded(folder.path, kept)).toBe(false);
});

it.each([
  ['changed in the store', { ...kept, version: 'v2' }],
  ['is kept as it is now', { ...kept, contentEncoding: null }],
])('does not find it again when it %s', async (_, object) => {
  using folder = new TargetFolder();
  await pullExpanded(folder.path, kept);
  expect(await pullExpanded(folder.path, object)).toBe(true);
});

it('does not find it again when somebody touched it here', async () => {
  using folder = new TargetFolder();
  await pullExpanded(folder.path, kept);
  const file = join(folder.path, 'vocab');
  const { mtimeMs } = statSync(file);
  utimesSync(file, mtimeMs / 1000, mtimeMs / 1000 + 5);
  expect(await pullExpanded(folder.path, kept)).toBe(true);
});

it('does not take a member of an archive for the archive', async () => {
  using folder = new TargetFolder();
  {
    await using staging = await openStaging({ target: folder.path, spec });
    const staged = (await staging.open({ path: 'vocab', object: kept }))!;
    staged.allocate(packed.length);
    await staged.complete(checksumsOf(packed));
    staged.close();
    const into = await staging.unpackFolder('vocab');
    const members = ['vocab', 'other'].map((path) => {
      writeFileSync(join(into, path), path);
      const { size, mtimeMs } = statSync(join(into, path));
      return { path, bytes: size, mtimeMs, checksums: checksumsOf(Buffer.from(path)) };
    });
    staging.unpacked('vocab', members);
    await staging.publish();
  }
  expect(await pullExpanded(folder.path, kept)).toBe(true);
});
