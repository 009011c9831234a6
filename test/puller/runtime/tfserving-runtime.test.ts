// TensorFlow Serving is told of models by a file that is always whole; what loads, what fails and what goes is what it says itself.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openRuntime } from '../../../src/puller/runtime/open-runtime.ts';
import type { RuntimeApi } from '../../../src/puller/runtime/runtime-api.ts';
import { FakeTfServing } from '../../support/runtimes/fake-tfserving.ts';
import { ModelFolder } from '../../support/runtimes/model-folder.ts';
import { serveHttp } from '../../support/runtimes/probed.ts';

const never = new AbortController().signal;

interface Pair {
  readonly folder: ModelFolder;
  readonly server: FakeTfServing;
  readonly runtime: RuntimeApi;
  readonly configFile: string;
}

/** The agent is up first: it makes the file. */
async function startBoth(pollMs = 15): Promise<Pair> {
  const folder = new ModelFolder();
  const configFile = join(folder.root, 'models.config');
  await openRuntime(folder.config('tfserving', 1), folder.modelDir).isUp(never);
  const server = await FakeTfServing.start({ configFile, find: folder.find, pollMs });
  return { folder, server, configFile, runtime: openRuntime(folder.config('tfserving', server.port), folder.modelDir) };
}

function place(folder: ModelFolder, name: string, version: string, [number, text]: readonly [string, string]): void {
  folder.place(name, version, { [`${number}/saved_model.pb`]: text });
}

it('a model is loaded, served, and gone after its unload', async () => {
  const { folder, server, runtime } = await startBoth();
  place(folder, 'm', 'a', ['1', 'one']);
  expect(await runtime.isUp(never)).toBe(true);
  expect(await runtime.serving(never)).toEqual(new Set());
  await runtime.load({ name: 'm', version: 'a' }, never);
  expect(server.predict('m')).toBe('one');
  expect(await runtime.serving(never)).toEqual(new Set(['m']));
  await runtime.unload('m', never);
  expect(server.predict('m')).toBeNull();
  expect(await runtime.isServing('m', never)).toBe(false);
  await runtime.unload('never seen', never);
});

it('a change is served whatever its version number: larger, the same, smaller', async () => {
  const { folder, server, runtime } = await startBoth();
  const changes = [
    ['1', 'one'],
    ['3', 'three'],
    ['3', 'three anew'],
    ['2', 'two'],
    ['2', 'two anew'],
  ] as const;
  for (const [nth, change] of changes.entries()) {
    place(folder, 'm', `v${nth}`, change);
    await runtime.load({ name: 'm', version: `v${nth}` }, never);
    expect(server.predict('m')).toBe(change[1]);
  }
});

it('a refusal has the own words of the server, and the version of before can be loaded again', async () => {
  const { folder, server, runtime } = await startBoth();
  place(folder, 'm', 'good', ['1', 'good']);
  place(folder, 'm', 'bad', ['1', 'broken: no graph']);
  place(folder, 'm', 'worse', ['2', 'broken: no weights']);
  await runtime.load({ name: 'm', version: 'good' }, never);
  const bad = runtime.load({ name: 'm', version: 'bad' }, never);
  await expect(bad).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED', message: /Could not load: broken: no graph/ });
  await runtime.load({ name: 'm', version: 'good' }, never);
  expect(server.predict('m')).toBe('good');
  const worse = runtime.load({ name: 'm', version: 'worse' }, never);
  await expect(worse).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED', message: /no weights/ });
  await expect.poll(() => server.predict('m')).toBe('good');
});

it('a mended model of the same number is loaded though its earlier failure is still on record', async () => {
  const { folder, server, runtime } = await startBoth();
  place(folder, 'm', 'bad', ['1', 'broken']);
  place(folder, 'm', 'mended', ['1', 'mended']);
  await expect(runtime.load({ name: 'm', version: 'bad' }, never)).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED' });
  await runtime.load({ name: 'm', version: 'mended' }, never);
  expect(server.predict('m')).toBe('mended');
});

it('without a folder that is a number nothing is ordered, and the refusal says what to do', async () => {
  const { folder, runtime, configFile } = await startBoth();
  folder.place('m', 'a', { 'saved_model.pb': 'flat' });
  const before = readFileSync(configFile, 'utf8');
  const load = runtime.load({ name: 'm', version: 'a' }, never);
  await expect(load).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED', message: /storageUri above a folder 1\// });
  expect(readFileSync(configFile, 'utf8')).toBe(before);
});

it('forty models loaded at once are a few writes, each of them whole', async () => {
  const { folder, server, runtime } = await startBoth(5);
  const names = Array.from({ length: 40 }, (_, nth) => `model ${nth}`);
  for (const name of names) place(folder, name, 'a', ['1', name]);
  await Promise.all(names.map((name) => runtime.load({ name, version: 'a' }, never)));
  for (const name of names) expect(server.predict(name)).toBe(name);
  expect(server.configs.length).toBeLessThan(20); // the server throws at one that is not whole
});

it('after its restart the server loads by itself, and an agent of a new life unloads nothing', async () => {
  const { folder, server, configFile, runtime } = await startBoth();
  for (const name of ['a', 'b', 'lost']) place(folder, name, 'v', ['1', name]);
  await Promise.all(['a', 'b', 'lost'].map((name) => runtime.load({ name, version: 'v' }, never)));
  const { port } = server;
  await server.stop();
  expect(await runtime.isUp(never)).toBe(false);
  rmSync(join(folder.modelDir, '.outrigger/lost'), { recursive: true });
  const next = openRuntime(folder.config('tfserving', port), folder.modelDir);
  expect(await next.isUp(never)).toBe(false); // but the entry without files is out, which would stop the server from all others
  const again = await FakeTfServing.start({ configFile, find: folder.find, pollMs: 15 }, port);
  await next.load({ name: 'b', version: 'v' }, never);
  await expect.poll(() => again.predict('a')).toBe('a');
  expect(await next.serving(never)).toEqual(new Set(['a', 'b']));
  expect(again.configs.length).toBe(1);
});

it('a file that somebody else wrote is left alone, and the load says so', async () => {
  const folder = new ModelFolder();
  const server = await serveHttp((_request, response) => response.writeHead(404).end('{}'));
  const config = folder.config('tfserving', server.port);
  const text = 'model_config_list { config { name: "mine" base_path: "/mine" model_platform: "tensorflow" } }\n';
  writeFileSync(config.configFile, text);
  place(folder, 'm', 'a', ['1', 'one']);
  const runtime = openRuntime(config, folder.modelDir);
  expect(await runtime.isUp(never)).toBe(true);
  const load = runtime.load({ name: 'm', version: 'a' }, never);
  await expect(load).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED', message: /--runtime-config-file/ });
  expect(readFileSync(config.configFile, 'utf8')).toBe(text);
});

it('a server that never re-reads its file ends the wait with the flag that it lacks; the entry of before is back', async () => {
  const { folder, server, configFile } = await startBoth(1_000_000);
  place(folder, 'm', 'a', ['1', 'one']);
  const before = readFileSync(configFile, 'utf8');
  const runtime = openRuntime(folder.config('tfserving', server.port, { loadTimeoutMs: 150 }), folder.modelDir);
  const load = runtime.load({ name: 'm', version: 'a' }, never);
  await expect(load).rejects.toMatchObject({
    code: 'UPSTREAM_TIMEOUT',
    message: /--model_config_file_poll_wait_seconds/,
  });
  expect(readFileSync(configFile, 'utf8')).toBe(before);
});

it('a load that is called off rejects with the reason, and the entry of before is back', async () => {
  const { folder, runtime, configFile } = await startBoth(1_000_000);
  place(folder, 'm', 'a', ['1', 'one']);
  const before = readFileSync(configFile, 'utf8');
  const controller = new AbortController();
  const load = runtime.load({ name: 'm', version: 'a' }, controller.signal);
  await expect.poll(() => readFileSync(configFile, 'utf8')).not.toBe(before);
  controller.abort(new Error('called off'));
  await expect(load).rejects.toThrow('called off');
  expect(readFileSync(configFile, 'utf8')).toBe(before);
});
