import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStaging } from '../../../src/storage/folder/open-staging.ts';
import { unpackedEarlier } from '../../../src/storage/folder/unpacked-earlier.ts';
import type { StoredObject } from '../../../src/storage/object-store.ts';
import { remoteObject } from '../../support/stores/file-under-way.ts';

const spec = { storageUri: 's3://models/m.tar' };
const archive = remoteObject({ key: 'm.tar', bytes: 4 });

/** A folder into which an archive with these members was unpacked; none: it was kept as it is. */
async function unpackedFolder(members: readonly string[]): Promise<string> {
  const target = mkdtempSync(join(tmpdir(), 'outrigger-unpacked-'));
  onTestFinished(() => rmSync(target, { recursive: true }));
  await using staging = await openStaging({ target, spec });
  const staged = await staging.open({ path: 'm.tar', object: archive });
  writeFileSync(staged!.fd, 'four');
  await staged!.complete({ crc32c: 'AAAAAA==' });
  staged!.close();
  const into = await staging.unpackFolder('m.tar');
  const placed = members.map((path) => {
    writeFileSync(join(into, path), path);
    const { mtimeMs } = statSync(join(into, path));
    return { path, bytes: path.length, mtimeMs, checksums: { crc32c: 'AAAAAA==' } };
  });
  if (members.length > 0) staging.unpacked('m.tar', placed);
  await staging.publish();
  return target;
}

const look = (target: string, object: StoredObject = archive, of = spec) =>
  unpackedEarlier({ object, path: 'm.tar' }, { target, spec: of }).then(
    (found) => found?.map(({ path }) => path) ?? null,
  );

describe('an archive that was unpacked by an earlier pull', () => {
  it.each([[['a', 'b']], [['a']]])('is not needed again while %o are as they were placed', async (members) => {
    expect(await look(await unpackedFolder(members))).toEqual(members);
  });

  it.each([
    ['it has another version now', () => undefined, remoteObject({ ...archive, version: '"v2"' })],
    ['nothing pins its version', () => undefined, remoteObject({ ...archive, version: null })],
    ['it is another object', () => undefined, remoteObject({ ...archive, key: 'n.tar' })],
    ['a member is gone', (target: string) => rmSync(join(target, 'a')), archive],
    ['a member was changed', (target: string) => writeFileSync(join(target, 'a'), 'longer'), archive],
  ])('is fetched again when %s', async (_, change, object) => {
    const target = await unpackedFolder(['a', 'b']);
    change(target);
    expect(await look(target, object)).toBeNull();
  });

  it('is none when the file was kept as it is, or nothing was pulled there, or something else', async () => {
    expect(await look(await unpackedFolder([]))).toBeNull();
    expect(await look(tmpdir())).toBeNull();
    expect(await look(await unpackedFolder(['a']), archive, { storageUri: 's3://models/n.tar' })).toBeNull();
  });
});
