// Whole or not at all: a pull killed at random moments, among them the renames, while its store goes on changing.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readMarker } from '../../../src/storage/folder/marker.ts';
import { openStaging } from '../../../src/storage/folder/open-staging.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';
import { objectOf, stage, TargetFolder } from '../../support/staging/scripted-model.ts';
import { bundleChild, KilledPulls, spec } from '../../support/staging/staging-kills.ts';

const kills = 30;

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

it('a pull that is killed again and again keeps what it has, and no half model ever has a marker', async () => {
  using target = new TargetFolder();
  {
    await using neighbour = await openStaging({ target: target.path, spec: { storageUri: 's3://bucket/neighbour' } });
    await stage(neighbour, [objectOf('neighbour/weights'), objectOf('folder1/file1', 'of the neighbour')]);
    await neighbour.publish();
  }
  using built = new TargetFolder();
  const child = await bundleChild(built.path);
  const pulls = new KilledPulls({ child, target: target.path, random: seededRandom(seed) });
  for (let nth = 0; nth < kills; nth += 1) await pulls.round(true);
  expect(pulls.problems).toEqual([]);
  const { objects } = pulls;
  await pulls.round(false);
  expect(pulls.problems).toEqual([]);
  const manifest = await readMarker(target.path, spec);
  expect(manifest?.files.map(({ path }) => path).toSorted()).toEqual(objects.map(({ key }) => key).toSorted());
  const own = filesIn(target.path).filter((path) => !/SUCCESS|neighbour/.test(path));
  const shared = objects.some(({ key }) => key === 'folder1/file1') ? 0 : 1; // then the neighbour's own may be left
  expect(own.length - objects.length).toBeLessThanOrEqual(shared);
  expect(readdirSync(target.path)).not.toContain('.outrigger');
  expect(pulls.killedWhilePublishing).toBeGreaterThan(0);
}, 60_000);
