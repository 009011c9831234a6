// Whoever resolved the link reads one model to its end, while others come and go.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import type { LinkReaderReport, LinkReaderTask } from '../../support/model-dir/link-reader.ts';
import { ModelFolder, specOf, writeVersion } from '../../support/model-dir/version-files.ts';

const swaps = 200;
const files = ['config.json', '1/model.bin', '1/weights/part-0', '1/weights/part-1', 'labels.txt'];
const content = (revision: number) => Object.fromEntries(files.map((file) => [file, `model ${revision}`]));

it(`a reader sees the old or the new model, whole, during ${swaps} swaps`, async () => {
  await using folder = new ModelFolder();
  const dir = await folder.open();
  const ids: string[] = [];
  const swap = async (revision: number): Promise<void> => {
    const id = dir.nextVersionId('m', specOf(revision));
    writeVersion(dir.versionFolder('m', id), { spec: specOf(revision), files: content(revision) });
    await dir.placed('m', id);
    await dir.link('m', id);
    ids.push(id);
  };
  await swap(0);
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const workerData: LinkReaderTask = { link: folder.at('m'), files, shared };
  const reader = new Worker(new URL('../../support/model-dir/link-reader.ts', import.meta.url), { workerData });
  const report = once(reader, 'message') as Promise<[LinkReaderReport]>;
  for (let revision = 1; revision <= swaps; revision += 1) {
    await swap(revision);
    // As the puller does it some seconds later: whoever resolved the link to the version before the last one has read it.
    const begun = Atomics.load(shared, 0);
    await eventually('the reader has read', () => Atomics.load(shared, 0) > begun + 1, { everyMs: 0 });
    if (revision >= 2) await dir.remove('m', ids[revision - 2] as string);
  }
  Atomics.store(shared, 1, 1);
  const [wrong] = await report;
  expect(wrong).toEqual([]);
  expect(Atomics.load(shared, 0)).toBeGreaterThan(swaps);
  expect(
    dir
      .models()
      .get('m')
      ?.versions.map(({ id }) => id),
  ).toEqual(ids.slice(-2));
});
