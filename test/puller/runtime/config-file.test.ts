// The file that a runtime reads is whole at every moment, holds what was ordered last, and keeps what an agent before had loaded.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { type ConfigEntries, ConfigFile } from '../../../src/puller/runtime/config-file.ts';
import { ovmsConfig } from '../../../src/puller/runtime/ovms-config.ts';
import { tfservingConfig } from '../../../src/puller/runtime/tfserving-config.ts';
import { seed } from '../../support/seed.ts';

function temporaryPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'outrigger-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'models.config');
}

const openAt = (path: string) => new ConfigFile({ path, format: ovmsConfig, isKept: async () => true });
const entriesIn = (path: string) => Object.fromEntries(ovmsConfig.read(readFileSync(path, 'utf8')) ?? []);

it.each([
  ['TensorFlow Serving', tfservingConfig],
  ['OpenVINO Model Server', ovmsConfig],
])('whatever names and paths there are, the file of %s gives them back', (_runtime, format) => {
  const text = fc.string({ unit: 'grapheme' });
  const claim = fc.property(fc.array(fc.tuple(text, text), { maxLength: 5 }), (list) => {
    const entries: ConfigEntries = new Map(list);
    expect(format.read(format.render(entries))).toEqual(entries);
  });
  fc.assert(claim, { seed, numRuns: 200 });
});

it('protobuf text is ASCII, with quotes, backslashes and line ends as octal digits', () => {
  const text = tfservingConfig.render(new Map([['a"\\\n', "/ü'"]]));
  expect(text).toContain(String.raw`name: "a\042\134\012" base_path: "/\303\274\047" model_platform: "tensorflow"`);
});

it.each(['', 'model_config_list {}', '{"model_config_list":{}}', '{"model_config_list":[{"config":{"name":1}}]}'])(
  'what nobody of us wrote is not read: %j',
  (text) => {
    expect([tfservingConfig.read(text), ovmsConfig.read(text)]).toEqual([null, null]);
  },
);

it('a file that is not there is made at the first question, empty and valid', async () => {
  const path = temporaryPath();
  expect(await openAt(path).entries()).toEqual(new Map());
  expect(entriesIn(path)).toEqual({});
});

it('when a change is done the file says so, and of many at once none is lost', async () => {
  const path = temporaryPath();
  const file = openAt(path);
  await file.set('a', '/1');
  expect(entriesIn(path)).toEqual({ a: '/1' });
  const names = Array.from({ length: 50 }, (_, nth) => `m${nth}`);
  await Promise.all([...names.map((name) => file.set(name, '/x')), file.set('a', null)]);
  expect(entriesIn(path)).toEqual(Object.fromEntries(names.map((name) => [name, '/x'])));
});

it('entries of an agent before stay, but for those that are not to be kept', async () => {
  const path = temporaryPath();
  writeFileSync(
    path,
    ovmsConfig.render(
      new Map([
        ['a', '/1'],
        ['b', '/2'],
      ]),
    ),
  );
  const file = new ConfigFile({ path, format: ovmsConfig, isKept: async (name) => name === 'a' });
  expect(await file.entries()).toEqual(new Map([['a', '/1']]));
  expect(entriesIn(path)).toEqual({ a: '/1' });
});

it('what the file system refuses is said with the path, and the next change is tried again', async () => {
  const path = temporaryPath();
  const file = openAt(path);
  await file.entries();
  rmSync(path);
  mkdirSync(join(path, 'in the way'), { recursive: true });
  await expect(file.set('a', '/1')).rejects.toMatchObject({
    code: 'FOLDER_UNUSABLE',
    message: expect.stringContaining(path),
  });
  rmSync(path, { recursive: true });
  await file.set('b', '/2');
  expect(entriesIn(path)).toEqual({ a: '/1', b: '/2' });
});
