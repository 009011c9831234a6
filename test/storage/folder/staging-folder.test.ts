// What the next pull finds in staging: after a stop, a reboot, another version, another spec, a publication cut off.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { markerName, readMarker } from '../../../src/storage/folder/marker.ts';
import { openStaging } from '../../../src/storage/folder/open-staging.ts';
import { systemProcesses } from '../../../src/storage/folder/process-identity.ts';
import type { StoredObject } from '../../../src/storage/object-store.ts';
import {
  brokenFiles,
  contentOf,
  fetchInto,
  objectOf,
  partBytes,
  stage,
  TargetFolder,
} from '../../support/staging/scripted-model.ts';

const spec = { storageUri: 's3://bucket/model' };
const objects = [objectOf('a'), objectOf('b/c'), objectOf('b/d')];

async function pull(target: string, wanted: readonly StoredObject[] = objects, of: Record<string, unknown> = spec) {
  await using staging = await openStaging({ target, spec: of });
  const fetched = await stage(staging, wanted);
  await staging.publish();
  return fetched;
}

/** As a kill before the last step leaves it: all is moved, and there is no marker. */
async function pullWithoutMarker(target: string, wanted: readonly StoredObject[] = objects): Promise<void> {
  await using staging = await openStaging({ target, spec });
  await stage(staging, wanted);
  mkdirSync(join(target, '.outrigger/marker'));
  await expect(staging.publish()).rejects.toMatchObject({ code: 'FOLDER_UNUSABLE' });
  rmSync(join(target, '.outrigger/marker'), { recursive: true });
}

/** Two of five parts, as a stop leaves it. */
async function stageBeginning(target: string, object: StoredObject, bootId = 'boot one'): Promise<void> {
  const processes = { ...systemProcesses, own: () => ({ ...systemProcesses.own(), bootId }) };
  await using staging = await openStaging({ target, spec, processes });
  const staged = await staging.open({ path: object.key, object });
  staged?.allocate(object.bytes ?? 0);
  staged?.keep({ first: partBytes, last: 2 * partBytes - 1, crcs: {} });
  staged?.keep({ first: 0, last: partBytes - 1, crcs: {} });
  staged?.close();
}

async function partsLeft(target: string, object: StoredObject, bootId = 'boot one'): Promise<number[]> {
  const processes = { ...systemProcesses, own: () => ({ ...systemProcesses.own(), bootId }) };
  await using staging = await openStaging({ target, spec, processes });
  const staged = await staging.open({ path: object.key, object });
  const parts = staged?.parts.map(({ first }) => first) ?? [];
  staged?.close();
  return parts;
}

const large = objectOf('large', 'v1', 5 * partBytes);

it('a model is in its folder with a marker, and nothing else is', async () => {
  using target = new TargetFolder();
  const place = join(target.path, 'not/there/yet');
  expect(await pull(place)).toEqual(['a', 'b/c', 'b/d']);
  const manifest = await readMarker(place, spec);
  expect(manifest?.files).toHaveLength(3);
  expect(brokenFiles(place, manifest as never)).toEqual([]);
  expect(readdirSync(place).toSorted()).toEqual([markerName(spec), 'a', 'b']);
  for (const path of ['a', 'b/c', markerName(spec)]) expect(statSync(join(place, path)).mode & 0o777).toBe(0o644);
  expect(statSync(join(place, 'b')).mode & 0o777).toBe(0o755);
});

it('a second pull fetches nothing and leaves the marker as it is', async () => {
  using target = new TargetFolder();
  await pull(target.path);
  const before = statSync(join(target.path, markerName(spec)));
  expect(await pull(target.path)).toEqual([]);
  expect(statSync(join(target.path, markerName(spec))).ino).toBe(before.ino);
  expect(existsSync(join(target.path, '.outrigger'))).toBe(false);
});

it('a pull after a change fetches what changed, and removes what the store has no longer', async () => {
  using target = new TargetFolder();
  await pull(target.path);
  expect(await pull(target.path, [objectOf('a'), objectOf('b', 'v2')])).toEqual(['b']);
  expect(readFileSync(join(target.path, 'b'))).toEqual(contentOf(objectOf('b', 'v2')));
});

it('a file that somebody wrote to is fetched again', async () => {
  using target = new TargetFolder();
  await pull(target.path);
  writeFileSync(join(target.path, 'b/c'), Buffer.alloc(700));
  expect(await pull(target.path)).toEqual(['b/c']);
});

it('completed files of a stopped pull are not fetched again, and those of another version are', async () => {
  using target = new TargetFolder();
  {
    await using staging = await openStaging({ target: target.path, spec });
    await stage(staging, objects);
  }
  expect(existsSync(join(target.path, 'a'))).toBe(false);
  expect(await pull(target.path, [objectOf('a'), objectOf('b/c', 'v2'), objectOf('b/d')])).toEqual(['b/c']);
});

it('an object that nothing pins is fetched from its beginning', async () => {
  using target = new TargetFolder();
  const unpinned = [objectOf('a', null)];
  await pull(target.path, unpinned);
  expect(await pull(target.path, unpinned)).toEqual(['a']);
});

it('parts of a stopped pull are kept, in their order', async () => {
  using target = new TargetFolder();
  await stageBeginning(target.path, large);
  expect(await partsLeft(target.path, large)).toEqual([0, partBytes]);
  expect(await partsLeft(target.path, objectOf('large', 'v2', 5 * partBytes))).toEqual([]);
});

it('parts that were only written do not count after a reboot', async () => {
  using target = new TargetFolder();
  await stageBeginning(target.path, large);
  expect(await partsLeft(target.path, large, 'boot two')).toEqual([]);
});

it('parts count no more once the file is gone or shorter than they say', async () => {
  using target = new TargetFolder();
  await stageBeginning(target.path, large);
  writeFileSync(join(target.path, '.outrigger/files/1'), 'short');
  expect(await partsLeft(target.path, large)).toEqual([]);
});

it('a torn last line of the journal is left out; a damaged journal is not believed', async () => {
  using target = new TargetFolder();
  const journal = join(target.path, '.outrigger/journal');
  await stageBeginning(target.path, large);
  appendFileSync(journal, '{"is":"part","number":1,"first":4000,"la');
  expect(await partsLeft(target.path, large)).toEqual([0, partBytes]);
  expect(await partsLeft(target.path, large)).toEqual([0, partBytes]);
  appendFileSync(journal, '\0\0\0\n{"is":"restarted","number":7}\n');
  expect(await partsLeft(target.path, large)).toEqual([]);
});

it('a restart leaves nothing of the bytes before, and late writes go nowhere', async () => {
  using target = new TargetFolder();
  await using staging = await openStaging({ target: target.path, spec });
  const staged = (await staging.open({ path: 'large', object: large }))!;
  const early = staged.fd;
  staged.keep({ first: 0, last: partBytes - 1, crcs: {} });
  const path = staging.pathOf('large');
  staged.restart(objectOf('large', 'v2', 700));
  writeFileSync(early, 'late');
  expect(staging.pathOf('large')).toBe(path);
  expect(statSync(path).size).toBe(0);
  await fetchInto(staged, objectOf('large', 'v2', 700));
  expect((await staging.publish()).map(({ source }) => source.version)).toEqual(['v2']);
});

it('what was moved before a kill is not fetched again', async () => {
  using target = new TargetFolder();
  await pullWithoutMarker(target.path);
  expect(await readMarker(target.path, spec)).toBeNull();
  renameSync(join(target.path, 'b/d'), join(target.path, '.outrigger/files/3'));
  expect(await pull(target.path)).toEqual([]);
  expect(brokenFiles(target.path, (await readMarker(target.path, spec)) as never)).toEqual([]);
});

it('what was moved before a kill, and the store has no longer, is removed', async () => {
  using target = new TargetFolder();
  await pullWithoutMarker(target.path);
  expect(await pull(target.path, [objectOf('a')])).toEqual([]);
  expect(readdirSync(target.path).toSorted()).toEqual([markerName(spec), 'a']);
});

it('what another spec had moved before a kill is removed', async () => {
  using target = new TargetFolder();
  await pullWithoutMarker(target.path);
  const other = { storageUri: 's3://bucket/other' };
  expect(await pull(target.path, [objectOf('a')], other)).toEqual(['a']);
  expect(readdirSync(target.path).toSorted()).toEqual([markerName(other), 'a']);
});

it('what is staged of another spec is not used, though its keys and versions are the same', async () => {
  using target = new TargetFolder();
  {
    await using staging = await openStaging({ target: target.path, spec });
    await stage(staging, objects);
  }
  expect(await pull(target.path, objects, { storageUri: 's3://other/model' })).toHaveLength(3);
});

it('two specs share a folder until one replaces a file of the other', async () => {
  using target = new TargetFolder();
  const other = { storageUri: 's3://bucket/other' };
  await pull(target.path);
  await pull(target.path, [objectOf('e')], other);
  expect(await pull(target.path)).toEqual([]);
  expect(await readMarker(target.path, other)).not.toBeNull();
  await pull(target.path, [objectOf('a', 'of other')], other);
  expect(await readMarker(target.path, spec)).toBeNull();
  expect(await readMarker(target.path, other)).not.toBeNull();
});

it('nothing is published while a file is missing', async () => {
  using target = new TargetFolder();
  await using staging = await openStaging({ target: target.path, spec });
  const staged = (await staging.open({ path: 'large', object: large }))!;
  staged.allocate(10);
  await expect(staged.complete({ sha256: '' })).rejects.toMatchObject({ code: 'INTERNAL' });
  staged.close();
  await expect(staging.publish()).rejects.toMatchObject({ code: 'INTERNAL' });
});

it('a discarded pull leaves nothing', async () => {
  using target = new TargetFolder();
  await using staging = await openStaging({ target: target.path, spec });
  await stage(staging, objects);
  await staging.discard();
  expect(readdirSync(target.path)).toEqual([]);
});

it('more than the disk has is refused before a byte is written', async () => {
  using target = new TargetFolder();
  await using staging = await openStaging({ target: target.path, spec });
  const staged = (await staging.open({ path: 'a', object: objectOf('a', 'v1', 2 ** 52) }))!;
  expect(() => staged.allocate(2 ** 52)).toThrow(expect.objectContaining({ code: 'DISK_FULL' }));
  staged.close();
});
