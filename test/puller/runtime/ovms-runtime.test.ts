// OpenVINO Model Server reloads its file when it is told to; what it says of each model then decides, not what the reload says of all.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openRuntime } from '../../../src/puller/runtime/open-runtime.ts';
import type { RuntimeApi } from '../../../src/puller/runtime/runtime-api.ts';
import { FakeOvms } from '../../support/runtimes/fake-ovms.ts';
import { ModelFolder } from '../../support/runtimes/model-folder.ts';

const never = new AbortController().signal;

async function startBoth(): Promise<{
  folder: ModelFolder;
  server: FakeOvms;
  runtime: RuntimeApi;
  configFile: string;
}> {
  const folder = new ModelFolder();
  const { configFile } = folder.config('ovms', 1);
  await openRuntime(folder.config('ovms', 1), folder.modelDir).isUp(never);
  const server = await FakeOvms.start({ configFile, find: folder.find });
  return { folder, server, configFile, runtime: openRuntime(folder.config('ovms', server.port), folder.modelDir) };
}

function place(folder: ModelFolder, name: string, version: string, [number, text]: readonly [string, string]): void {
  folder.place(name, version, { [`${number}/model.onnx`]: text });
}

it('a model is loaded, changed with the same and with another number, and gone after its unload', async () => {
  const { folder, server, runtime } = await startBoth();
  expect(await runtime.isUp(never)).toBe(true);
  const changes = [
    ['1', 'one'],
    ['1', 'one anew'],
    ['3', 'three'],
    ['2', 'two'],
  ] as const;
  for (const [nth, change] of changes.entries()) {
    place(folder, 'm', `v${nth}`, change);
    await runtime.load({ name: 'm', version: `v${nth}` }, never);
    expect(server.predict('m')).toBe(change[1]);
  }
  expect(await runtime.serving(never)).toEqual(new Set(['m']));
  await runtime.unload('m', never);
  expect(server.predict('m')).toBeNull();
  expect(await runtime.serving(never)).toEqual(new Set());
  await runtime.unload('never seen', never);
});

it('a model that fails is refused and taken out; its old version serves again, and others are not touched', async () => {
  const { folder, server, runtime, configFile } = await startBoth();
  place(folder, 'm', 'good', ['1', 'good']);
  place(folder, 'm', 'bad', ['1', 'broken']);
  place(folder, 'new', 'bad', ['1', 'broken']);
  place(folder, 'other', 'a', ['1', 'other']);
  await runtime.load({ name: 'm', version: 'good' }, never);
  const failed = { code: 'MODEL_LOAD_FAILED', message: /UNKNOWN/ };
  await expect(runtime.load({ name: 'm', version: 'bad' }, never)).rejects.toMatchObject(failed);
  expect(server.predict('m')).toBe('good');
  const outcomes = await Promise.allSettled([
    runtime.load({ name: 'new', version: 'bad' }, never),
    runtime.load({ name: 'other', version: 'a' }, never),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(server.predict('other')).toBe('other');
  expect(Object.keys(namesIn(configFile))).toEqual(['m', 'other']);
});

it('a model without any folder that is a number is refused with the words of the reload', async () => {
  const { folder, server, runtime } = await startBoth();
  place(folder, 'm', 'good', ['1', 'good']);
  folder.place('m', 'flat', { 'model.onnx': 'flat' });
  await runtime.load({ name: 'm', version: 'good' }, never);
  const load = runtime.load({ name: 'm', version: 'flat' }, never);
  await expect(load).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED', message: /Reloading config file failed/ });
  expect(server.predict('m')).toBe('good');
});

it('forty models loaded at once are a few reloads', async () => {
  const { folder, server, runtime } = await startBoth();
  const names = Array.from({ length: 40 }, (_, nth) => `model "${nth}" ü`);
  for (const name of names) place(folder, name, 'a', ['1', name]);
  await Promise.all(names.map((name) => runtime.load({ name, version: 'a' }, never)));
  for (const name of names) expect(server.predict(name)).toBe(name);
  expect(server.reloads.length).toBeLessThan(5);
});

it('an agent of a new life keeps what is loaded, but for what has no files any more', async () => {
  const { folder, server, configFile, runtime } = await startBoth();
  for (const name of ['a', 'lost']) {
    place(folder, name, 'v', ['1', name]);
    await runtime.load({ name, version: 'v' }, never);
  }
  rmSync(join(folder.modelDir, '.outrigger/lost'), { recursive: true });
  const next = openRuntime(folder.config('ovms', server.port), folder.modelDir);
  expect(await next.isUp(never)).toBe(true);
  expect(namesIn(configFile)).toEqual({ a: '/seen/by the runtime/.outrigger/a/v' });
  await next.load({ name: 'a', version: 'v' }, never);
  expect(await next.isServing('a', never)).toBe(true);
});

it('a server that is away is no fault of the model, and finds its entries as they were', async () => {
  const { folder, server, runtime, configFile } = await startBoth();
  place(folder, 'm', 'a', ['1', 'one']);
  await server.stop();
  expect(await runtime.isUp(never)).toBe(false);
  const load = runtime.load({ name: 'm', version: 'a' }, never);
  await expect(load).rejects.toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
  expect(namesIn(configFile)).toEqual({});
});

it.each([
  ['models of somebody else', '{"model_config_list":[{"config":{"name":"mine","base_path":"/mine"}}]}'],
  ['settings of somebody else', '{"model_config_list":[],"monitoring":{"metrics":{"enable":true}}}'],
])('a file with %s is left alone', async (_what, text) => {
  const folder = new ModelFolder();
  const { configFile } = folder.config('ovms', 1);
  writeFileSync(configFile, text);
  place(folder, 'm', 'a', ['1', 'one']);
  const load = openRuntime(folder.config('ovms', 1), folder.modelDir).load({ name: 'm', version: 'a' }, never);
  await expect(load).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED', message: /--runtime-config-file/ });
  expect(readFileSync(configFile, 'utf8')).toBe(text);
});

function namesIn(configFile: string): Record<string, string> {
  const { model_config_list: list } = JSON.parse(readFileSync(configFile, 'utf8'));
  return Object.fromEntries(
    list.map(({ config }: { config: Record<string, string> }) => [config.name, config.base_path]),
  );
}
