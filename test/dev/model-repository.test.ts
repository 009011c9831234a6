import { copyFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { identityModel, sequenceModel } from './onnx-file.ts';
import { DIGITS_DIR, makeModelDir, type Reply, startTestRuntime, type TestRuntime } from './runtime-client.ts';

const IDENTITY = identityModel([{ name: 'x', datatype: 'INT32', shape: [-1, 1] }]);
const WIDER = identityModel([{ name: 'x', datatype: 'INT32', shape: [-1, 2] }]);

let modelDir: Awaited<ReturnType<typeof makeModelDir>>;
let runtime: TestRuntime;

beforeEach(async () => {
  modelDir = await makeModelDir({ 'flat.onnx': IDENTITY, '.hidden.onnx': IDENTITY, 'notes.txt': Buffer.from('') });
  runtime = await startTestRuntime({ modelDir: modelDir.path });
});
afterEach(async () => {
  await runtime.stop();
  await modelDir.remove();
});

function infer(model: string, value = 7): Promise<Reply> {
  const input = { name: 'x', datatype: 'INT32', shape: [1, 1], data: [value] };
  return runtime.post(`/v2/models/${model}/infer`, { inputs: [input] });
}

async function index(body: unknown = ''): Promise<unknown> {
  return (await runtime.post('/v2/repository/index', body)).json;
}

test('a model goes through unload and load and serves again', async () => {
  expect(await index()).toEqual([{ name: 'flat', version: '1', state: 'READY' }]);
  const unloaded = await runtime.post('/v2/repository/models/flat/unload');
  expect([unloaded.status, unloaded.body.length]).toEqual([200, 0]);
  expect(await index()).toEqual([{ name: 'flat', version: '1', state: 'UNAVAILABLE', reason: 'unloaded' }]);
  expect(await index({ ready: true })).toEqual([]);
  expect((await infer('flat')).status).toBe(404);
  expect((await runtime.get('/v2/models/flat/ready')).status).toBe(400);
  expect((await runtime.get('/v2/models/flat')).status).toBe(404);

  const loaded = await runtime.post('/v2/repository/models/flat/load', {});
  expect([loaded.status, loaded.body.length]).toEqual([200, 0]);
  expect((await infer('flat')).json.outputs[0].data).toEqual([7]);
  expect(runtime.logged).toEqual(['info model loaded', 'info model unloaded', 'info model loaded']);
});

test('a model that comes later is listed by name, unknown until loaded, then served', async () => {
  await copyFile(join(DIGITS_DIR, 'digits.onnx'), join(modelDir.path, 'new.onnx'));
  expect(await index()).toEqual([{ name: 'flat', version: '1', state: 'READY' }, { name: 'new' }]);
  expect((await runtime.get('/v2/models/new/ready')).status).toBe(404);
  expect((await runtime.post('/v2/repository/models/new/load')).status).toBe(200);
  expect((await runtime.get('/v2/models/new/ready')).status).toBe(200);
});

test('a model whose file has gone vanishes once it is unloaded', async () => {
  await rm(join(modelDir.path, 'flat.onnx'));
  expect((await infer('flat')).status).toBe(200);
  expect((await runtime.post('/v2/repository/models/flat/load')).status).toBe(404);
  await runtime.post('/v2/repository/models/flat/unload');
  expect(await index()).toEqual([]);
});

test('a load replaces a loaded model without failing a call', async () => {
  await writeFile(join(modelDir.path, 'flat.onnx'), WIDER);
  const calls = Array.from({ length: 40 }, (_, value) => infer('flat', value));
  const load = runtime.post('/v2/repository/models/flat/load');
  const statuses = (await Promise.all(calls)).map(({ status }) => status);
  expect((await load).status).toBe(200);
  // 400: the new one is there, and takes rows of two.
  expect(statuses.filter((status) => status !== 200 && status !== 400)).toEqual([]);
  expect((await runtime.get('/v2/models/flat')).json.inputs[0].shape).toEqual([-1, 2]);
});

test('loads and unloads at once end in a state that the index tells rightly', async () => {
  const jobs = Array.from({ length: 30 }, (_, at) =>
    runtime.post(`/v2/repository/models/flat/${at % 3 === 0 ? 'unload' : 'load'}`),
  );
  expect((await Promise.all(jobs)).map(({ status }) => status)).toEqual(new Array(30).fill(200));
  const [entry] = (await index()) as { state: string }[];
  expect((await infer('flat')).status).toBe(entry?.state === 'READY' ? 200 : 404);
  await runtime.post('/v2/repository/models/flat/load');
  expect((await infer('flat')).status).toBe(200);
});

describe('what cannot be loaded', () => {
  test('a broken file does not stop the others, and the index says why', async () => {
    const broken = await makeModelDir({ 'bad.onnx': Buffer.from('nonsense'), 'good.onnx': IDENTITY });
    const other = await startTestRuntime({ modelDir: broken.path });
    expect((await other.post('/v2/repository/index')).json).toEqual([
      { name: 'bad', version: '1', state: 'UNAVAILABLE', reason: expect.any(String) },
      { name: 'good', version: '1', state: 'READY' },
    ]);
    expect(other.logged).toContain('warn model not loaded');
    expect((await other.get('/v2/health/ready')).status).toBe(200);
    await other.stop();
    await broken.remove();
  });

  test('a broken file does not replace the model that serves', async () => {
    await writeFile(join(modelDir.path, 'flat.onnx'), 'nonsense');
    expect((await runtime.post('/v2/repository/models/flat/load')).status).toBe(400);
    expect((await infer('flat')).status).toBe(200);
  });

  test('a model whose output is no tensor', async () => {
    await writeFile(join(modelDir.path, 'sequence.onnx'), sequenceModel());
    const reply = await runtime.post('/v2/repository/models/sequence/load');
    expect([reply.status, reply.json.error]).toEqual([400, expect.stringContaining("output 'out' is not a tensor")]);
  });

  test.each(['nobody', '..%2Fflat', '.hidden', 'notes', 'notes.txt', 'flat.onnx'])('%s: 404', async (name) => {
    expect((await runtime.post(`/v2/repository/models/${name}/load`)).status).toBe(404);
  });

  test('an override of the configuration: 501', async () => {
    const reply = await runtime.post('/v2/repository/models/flat/load', { parameters: { config: '{}' } });
    expect(reply.status).toBe(501);
  });

  test.each(['nonsense', '[]', '{"ready":1}'])('a request %s: 400', async (body) => {
    expect((await runtime.post('/v2/repository/index', body)).status).toBe(400);
    expect((await runtime.post('/v2/repository/models/flat/load', body)).status).toBe(400);
  });

  test('unloading what is unknown is no error', async () => {
    expect((await runtime.post('/v2/repository/models/nobody/unload')).status).toBe(200);
  });
});

test('folders, versions and links are models too; the highest version serves', async () => {
  const folders = await makeModelDir({
    'plain/model.onnx': IDENTITY,
    'versioned/2/model.onnx': IDENTITY,
    'versioned/10/model.onnx': WIDER,
    'versioned/11/notes.txt': Buffer.from(''),
    'versioned/README': Buffer.from(''),
    'only/other.onnx': IDENTITY,
    'several/one.onnx': IDENTITY,
    'several/two.onnx': IDENTITY,
    'both.onnx': IDENTITY,
    'both/3/model.onnx': IDENTITY,
  });
  await symlink(join(folders.path, 'plain'), join(folders.path, 'linked'));
  await symlink(join(folders.path, 'both.onnx'), join(folders.path, 'linked-file.onnx'));
  const other = await startTestRuntime({ modelDir: folders.path });
  const entries = (await other.post('/v2/repository/index')).json as { name: string; version: string }[];
  expect(entries.map(({ name, version }) => `${name}/${version}`)).toEqual([
    'both/3',
    'linked/1',
    'linked-file/1',
    'only/1',
    'plain/1',
    'versioned/10',
  ]);
  expect((await other.get('/v2/models/versioned/versions/10')).json.inputs[0].shape).toEqual([-1, 2]);
  expect((await other.get('/v2/models/versioned/versions/2')).status).toBe(404);
  await other.stop();
  await folders.remove();
});
