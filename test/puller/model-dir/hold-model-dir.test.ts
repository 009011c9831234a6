// Two agents on one folder: the second waits for the first, and takes it when that is gone; who was taken over touches nothing more.
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { holdModelDir } from '../../../src/puller/model-dir/hold-model-dir.ts';
import { openModelDir } from '../../../src/puller/model-dir/model-dir.ts';
import { systemProcesses } from '../../../src/storage/folder/process-identity.ts';
import { eventually } from '../../support/eventually.ts';
import { idOf, ModelFolder, place } from '../../support/model-dir/version-files.ts';

function holding(folder: ModelFolder, signal = new AbortController().signal) {
  const { log } = folder.logged;
  return holdModelDir({ path: folder.path, log, signal, onProblem: () => undefined, beatMs: 5, watchMs: 300 });
}

it('the second agent waits until the first has ended', async () => {
  await using folder = new ModelFolder();
  const first = await holding(folder);
  let isSecond = false;
  const second = holding(folder).then((lock) => {
    isSecond = true;
    return lock;
  });
  await eventually('it says so', () => folder.logged.lines.some(({ level }) => level === 'warn'));
  expect(isSecond).toBe(false);
  first.release();
  (await second).release();
  expect(readdirSync(folder.at('.outrigger', '.lock'))).toEqual([]);
});

it('the wait ends with the agent that waits', async () => {
  await using folder = new ModelFolder();
  const first = await holding(folder);
  const closing = new AbortController();
  const second = holding(folder, closing.signal);
  await eventually('it waits', () => folder.logged.lines.length > 0);
  closing.abort(new Error('the agent ends'));
  await expect(second).rejects.toThrow('the agent ends');
  first.release();
});

it('what an agent of a container left that died long ago is no hindrance', async () => {
  await using folder = new ModelFolder();
  const own = systemProcesses.own();
  mkdirSync(folder.at('.outrigger', '.lock'), { recursive: true });
  const left = folder.at('.outrigger', '.lock', 'lock.1');
  writeFileSync(left, JSON.stringify({ ...own, namespace: 'pid:[1]' }));
  utimesSync(left, 0, 0);
  const lock = await holding(folder);
  expect(folder.logged.lines).toEqual([]);
  lock.release();
});

it('an agent that slept and was taken over links and deletes nothing more', async () => {
  await using folder = new ModelFolder();
  const { log } = folder.logged;
  await using dir = await openModelDir({ path: folder.path, log, lock: await holding(folder) });
  const id = await place(dir, 'm', 1);
  writeFileSync(folder.at('.outrigger', '.lock', 'lock.9'), '{}');
  const lost = expect.objectContaining({ code: 'FOLDER_UNUSABLE' });
  await expect(dir.link('m', id)).rejects.toEqual(lost);
  await expect(dir.remove('m', id)).rejects.toEqual(lost);
  await expect(dir.removeAll('m')).rejects.toEqual(lost);
  expect(readdirSync(folder.at('.outrigger', 'm'))).toEqual([idOf(1)]);
});
