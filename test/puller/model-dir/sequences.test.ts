// Whatever is done in whatever order, the link leads to a complete version, or there is none, and a restart knows the same.

import { readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OutriggerError } from '../../../src/errors.ts';
import type { ModelDir } from '../../../src/puller/model-dir/model-dir.ts';
import type { ModelOnDisk } from '../../../src/puller/model-dir/model-on-disk.ts';
import {
  filesOf,
  idOf,
  linkText,
  ModelFolder,
  place,
  readFiles,
  specOf,
  writeFiles,
  writeGoModel,
} from '../../support/model-dir/version-files.ts';
import { seed } from '../../support/seed.ts';

const acts = [
  'place',
  'half',
  'link',
  'unlink',
  'remove',
  'removeAll',
  'removeUnfinished',
  'aside',
  'foreign',
  'damage',
  'reopen',
] as const;

const step = fc.record({
  act: fc.constantFrom(...acts),
  name: fc.constantFrom('a', 'b'),
  revision: fc.integer({ min: 1, max: 3 }),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

async function carryOut(folder: ModelFolder, dir: ModelDir, { act, name, revision }: Step): Promise<ModelDir> {
  const id = idOf(revision);
  const at = folder.at(name);
  if (act === 'place') await place(dir, name, revision);
  if (act === 'half')
    writeFiles(dir.versionFolder(name, dir.nextVersionId(name, specOf(revision))), { 'model.bin': 'half' });
  if (act === 'link') await dir.link(name, id);
  if (act === 'unlink') await dir.unlink(name);
  if (act === 'remove') await dir.remove(name, id);
  if (act === 'removeAll') await dir.removeAll(name);
  if (act === 'removeUnfinished') await dir.removeUnfinished(name, revision === 3 ? [] : [id]);
  if (act === 'aside') await dir.setAside(name);
  if (act === 'foreign' && linkText(at) === null)
    writeGoModel(at, { spec: specOf(revision), files: filesOf(revision) });
  if (act === 'damage') rmSync(join(dir.versionFolder(name, id), 'model.bin'), { force: true });
  return act === 'reopen' || act === 'damage' || act === 'half' ? await folder.open() : dir;
}

/** The program may refuse a step, and then says so by its code. */
async function attempt(folder: ModelFolder, dir: ModelDir, next: Step): Promise<ModelDir> {
  try {
    return await carryOut(folder, dir, next);
  } catch (error) {
    expect(error).toBeInstanceOf(OutriggerError);
    expect(['link', 'remove']).toContain(next.act);
    expect(error).toMatchObject({ code: 'INTERNAL' });
    return dir;
  }
}

function expectWhole(folder: ModelFolder, name: string, model: ModelOnDisk | undefined): void {
  const text = linkText(folder.at(name));
  expect(text).toBe(model?.linked ? `.outrigger/${name}/${model.linked}` : null);
  for (const { id } of model?.versions ?? []) {
    const revision = [1, 2, 3].find((one) => id.startsWith(idOf(one))) as number;
    expect(readFiles(folder.at('.outrigger', name, id))).toMatchObject(filesOf(revision));
  }
  if (text === null) return;
  expect(model?.versions.map(({ id }) => id)).toContain(model?.linked);
  expect(realpathSync(folder.at(name))).toBe(folder.at(text));
}

it('any sequence of changes and restarts', async () => {
  const sequence = fc.array(step, { minLength: 1, maxLength: 14 });
  const property = fc.asyncProperty(sequence, async (steps) => {
    await using folder = new ModelFolder();
    let dir = await folder.open();
    for (const next of steps) {
      dir = await attempt(folder, dir, next);
      for (const name of ['a', 'b']) expectWhole(folder, name, dir.models().get(name));
    }
    const known = withoutOrder(dir);
    if (steps.some(({ act }) => act === 'foreign')) return; // the restart may adopt it
    const again = await folder.open();
    await again.swept;
    expect(withoutOrder(again)).toEqual(known);
    expect(readdirSync(folder.at('.outrigger', '.drafts'))).toEqual([]);
  });
  await fc.assert(property, { seed, numRuns: 40 });
});

/** Versions that were placed within one tick of the file system's clock may change places. */
function withoutOrder(dir: ModelDir): unknown {
  const models = [...dir.models().values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  return models.map((model) => ({
    ...model,
    versions: model.versions.toSorted((one, other) => (one.id < other.id ? -1 : 1)),
  }));
}
