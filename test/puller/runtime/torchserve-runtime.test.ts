// TorchServe gets each version by a link of its own, and is left with one version of a model, the right one, as its default.
import { readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openRuntime } from '../../../src/puller/runtime/open-runtime.ts';
import type { RuntimeApi } from '../../../src/puller/runtime/runtime-api.ts';
import { freePort } from '../../support/free-ports.ts';
import { FakeTorchServe } from '../../support/runtimes/fake-torchserve.ts';
import { ModelFolder } from '../../support/runtimes/model-folder.ts';
import { serveHttp } from '../../support/runtimes/probed.ts';

const never = new AbortController().signal;

async function startBoth(): Promise<{ folder: ModelFolder; server: FakeTorchServe; runtime: RuntimeApi }> {
  const folder = new ModelFolder();
  const server = await FakeTorchServe.start(folder.modelDir);
  return { folder, server, runtime: runtimeAt(folder, server.port) };
}

/** Only its management port is asked. */
function runtimeAt(folder: ModelFolder, managementPort: number): RuntimeApi {
  return openRuntime(folder.config('torchserve', 1, { managementPort }), folder.modelDir);
}

const links = ({ modelDir }: ModelFolder) => readdirSync(modelDir).filter((entry) => entry !== '.outrigger');

it('a model is loaded out of any folder within, changed, and gone after its unload with all its links', async () => {
  const { folder, server, runtime } = await startBoth();
  folder.place('a b ü', 'v1', { 'model-store/x.mar': '1.0 one', 'config/config.properties': '' });
  folder.place('a b ü', 'v2', { 'y.mar': '2.0 two' });
  folder.place('a b ü', 'v3', { 'z.mar': '2.0 three' });
  for (const [version, text] of [
    ['v1', 'one'],
    ['v2', 'two'],
    ['v3', 'three'],
    ['v1', 'one'],
  ] as const) {
    await runtime.load({ name: 'a b ü', version }, never);
    expect(server.predict('a b ü')).toBe(text);
    expect(links(folder)).toEqual([
      expect.stringMatching(new RegExp(`^\\.outrigger\\.[0-9a-f]{16}\\.${version}\\.mar$`)),
    ]);
  }
  const [link = ''] = links(folder);
  symlinkSync('gone', join(folder.modelDir, link.replace('v1', 'of-a-crash')));
  await runtime.unload('a b ü', never);
  expect([server.predict('a b ü'), links(folder)]).toEqual([null, []]);
  await runtime.unload('never seen', never);
});

it('what is loaded as it is wanted is not registered again', async () => {
  const { folder, server, runtime } = await startBoth();
  folder.place('m', 'v', { 'm.mar': '1.0 one' });
  await runtime.load({ name: 'm', version: 'v' }, never);
  const { length } = server.orders;
  await runtimeAt(folder, server.port).load({ name: 'm', version: 'v' }, never);
  expect(server.orders.length).toBe(length);
});

it('another version number is the default before the old one goes; the same number goes first', async () => {
  const { folder, server, runtime } = await startBoth();
  folder.place('m', 'v1', { 'm.mar': '1 one' });
  folder.place('m', 'v2', { 'm.mar': '2 two' });
  folder.place('m', 'v3', { 'm.mar': '2 three' });
  const ordersOf = async (version: string): Promise<string[]> => {
    server.orders.length = 0;
    await runtime.load({ name: 'm', version }, never);
    return server.orders.map((order) => order.replace(/\?.*/, ''));
  };
  expect(await ordersOf('v1')).toEqual(['POST /models']);
  expect(await ordersOf('v2')).toEqual(['POST /models', 'PUT /models/m/2/set-default', 'DELETE /models/m/1']);
  expect(await ordersOf('v3')).toEqual(['POST /models', 'DELETE /models/m/2', 'POST /models']);
});

it('of several registered versions the default goes last, in an unload and in a change', async () => {
  const { folder, server, runtime } = await startBoth();
  folder.place('m', 'v1', { 'm.mar': '1 one' });
  folder.place('m', 'by hand', { 'm.mar': '2 two' });
  folder.place('m', 'v2', { 'm.mar': '2 three' });
  const registerTwo = async (): Promise<void> => {
    await runtime.load({ name: 'm', version: 'v1' }, never);
    symlinkSync('.outrigger/m/by hand/m.mar', join(folder.modelDir, 'hand.mar'));
    await fetch(`http://127.0.0.1:${server.port}/models?url=hand.mar&model_name=m`, { method: 'POST' });
    rmSync(join(folder.modelDir, 'hand.mar'));
  };
  await registerTwo();
  await runtime.unload('m', never);
  expect(server.predict('m')).toBeNull();
  await registerTwo();
  await runtime.load({ name: 'm', version: 'v2' }, never);
  expect(server.predict('m')).toBe('three');
});

it('a refusal has the own words of the server, and a version of another number serves on', async () => {
  const { folder, server, runtime } = await startBoth();
  folder.place('m', 'good', { 'm.mar': '1 good' });
  folder.place('m', 'bad', { 'm.mar': '2 broken' });
  await runtime.load({ name: 'm', version: 'good' }, never);
  const load = runtime.load({ name: 'm', version: 'bad' }, never);
  const message = /Failed to start workers for model m version: 2 \(500\)/;
  await expect(load).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED', message });
  expect(server.predict('m')).toBe('good');
});

it.each([
  ['none', { 'model.pt': '' }, /there are none/],
  ['two', { 'a.mar': '', 'b/c.mar': '' }, /there are 2 \(a\.mar, b\/c\.mar\)/],
])('a model with %s of the archives is refused before anything is ordered', async (_what, files, message) => {
  const { folder, server, runtime } = await startBoth();
  folder.place('m', 'v', files);
  const load = runtime.load({ name: 'm', version: 'v' }, never);
  await expect(load).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED', message });
  expect(server.orders).toEqual([]);
});

it('130 models are listed over their pages', async () => {
  const { folder, server, runtime } = await startBoth();
  const names = Array.from({ length: 130 }, (_, nth) => `m${nth}`);
  folder.place('m', 'v', { 'm.mar': '1 x' });
  symlinkSync('.outrigger/m/v/m.mar', join(folder.modelDir, 'm.mar'));
  const url = `http://127.0.0.1:${server.port}/models?url=m.mar&model_name=`;
  await Promise.all(names.map((name) => fetch(`${url}${name}`, { method: 'POST' })));
  expect(await runtime.serving(never)).toEqual(new Set(names));
});

it.each([
  [400, { type: 'InvalidKeyException', message: 'Token Authorization failed.' }, /--disable-token-auth/],
  [405, { type: 'MethodNotAllowedException', message: 'not allowed' }, /--enable-model-api/],
  [404, { type: 'ModelNotFoundException', message: 'Model not found at: x' }, /--model-store \/seen\/by the runtime/],
])('a refusal with %i names the flag that is missing', async (status, words, message) => {
  const folder = new ModelFolder();
  folder.place('m', 'v', { 'm.mar': '1 one' });
  const body = JSON.stringify({ code: status, ...words });
  const server = await serveHttp(({ method }, response) => {
    response.writeHead(method === 'GET' && status !== 400 ? 404 : status).end(body);
  });
  const load = runtimeAt(folder, server.port).load({ name: 'm', version: 'v' }, never);
  await expect(load).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED', message });
});

it('a server that is away is no fault of the model', async () => {
  const folder = new ModelFolder();
  folder.place('m', 'v', { 'm.mar': '1 one' });
  const runtime = runtimeAt(folder, await freePort());
  expect(await runtime.isUp(never)).toBe(false);
  await expect(runtime.load({ name: 'm', version: 'v' }, never)).rejects.toMatchObject({
    code: 'UPSTREAM_UNREACHABLE',
  });
});

it('another server at its port is told by what it answers', async () => {
  const folder = new ModelFolder();
  const server = await serveHttp((_request, response) => response.end('<html>'));
  const serving = runtimeAt(folder, server.port).serving(never);
  await expect(serving).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED', message: /--runtime-management-port/ });
});
