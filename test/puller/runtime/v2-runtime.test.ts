// The V2 repository API: loaded means ready, unloaded means that nobody reads the files, and a refusal says why.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { ModelRuntimeConfig } from '../../../src/config/slices.ts';
import type { RuntimeApi } from '../../../src/puller/runtime/runtime-api.ts';
import { openV2Runtime } from '../../../src/puller/runtime/v2-runtime.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-ports.ts';
import { serveHttp } from '../../support/runtimes/probed.ts';
import { openRepositoryRuntime, type RepositoryRuntime } from '../../support/runtimes/repository-runtime.ts';
import { writeTextModel } from '../../support/runtimes/text-model.ts';

const never = new AbortController().signal;
const m = { name: 'm', version: 'v' };

function apiAt(port: number, loadTimeoutMs = 10_000): RuntimeApi {
  const config: ModelRuntimeConfig = {
    ...{ kind: 'v2', host: '127.0.0.1', port, managementPort: port, loadTimeoutMs, checkMs: 10_000 },
    ...{ configFile: '/nowhere', modelDir: '/nowhere' },
  };
  const api = openV2Runtime(config);
  onTestFinished(() => api[Symbol.asyncDispose]());
  return api;
}

async function open(
  names: readonly string[] = ['m'],
): Promise<{ runtime: RepositoryRuntime; api: RuntimeApi; modelDir: string }> {
  const modelDir = mkdtempSync(join(tmpdir(), 'v2-runtime-'));
  for (const name of names) writeTextModel(join(modelDir, name), name);
  const runtime = await openRepositoryRuntime({ modelDir });
  onTestFinished(async () => {
    await runtime.kill();
    rmSync(modelDir, { recursive: true });
  });
  return { runtime, api: apiAt(runtime.port), modelDir };
}

async function infer(port: number, name: string): Promise<{ status: number; value: unknown }> {
  const answer = await fetch(`http://127.0.0.1:${port}/v2/models/${name}/infer`, { method: 'POST', body: '{}' });
  const { outputs } = (await answer.json()) as { outputs?: [{ data: [string] }] };
  return { status: answer.status, value: outputs?.[0].data[0] };
}

it('a loaded model serves its files, and an unloaded one does not', async () => {
  const { runtime, api } = await open(['m', 'other']);
  expect(await api.serving(never)).toEqual(new Set());
  expect(await api.isServing('m', never)).toBe(false);
  await api.load(m, never);
  expect(await infer(runtime.port, 'm')).toEqual({ status: 200, value: 'm' });
  expect([await api.serving(never), await api.isServing('m', never)]).toEqual([new Set(['m']), true]);
  await api.unload('m', never);
  expect(await infer(runtime.port, 'm')).toMatchObject({ status: 404 });
  expect([await api.serving(never), await api.isServing('m', never)]).toEqual([new Set(), false]);
  await api.unload('never-heard-of', never);
});

it('a model that is being loaded counts as serving', async () => {
  const { runtime, api } = await open();
  runtime.times.loadMs = 200;
  const load = api.load(m, never);
  await eventually('the order arrives', () => runtime.orders.length === 1);
  expect(await api.serving(never)).toEqual(new Set(['m']));
  await load;
});

it('unload resolves when the last request of the model is over', async () => {
  const { runtime, api } = await open();
  runtime.times.inferMs = 100;
  await api.load(m, never);
  let isOver = false;
  const inference = infer(runtime.port, 'm').then((answer) => {
    isOver = true;
    return answer;
  });
  await eventually('the request arrives', () => runtime.calls.includes('infer m'));
  await api.unload('m', never);
  await eventually('the answer arrives', () => isOver);
  expect(runtime.calls.filter((call) => call === 'index').length).toBeGreaterThan(1);
  expect(await inference).toEqual({ status: 200, value: 'm' });
});

it('an unload that never ends is UPSTREAM_TIMEOUT', async () => {
  const { runtime, api } = await open();
  await api.load(m, never);
  runtime.times.unloadMs = 20_000;
  const impatient = apiAt(runtime.port, 60);
  await expect(impatient.unload('m', never)).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
});

it('many unloads share their looks at the index: one at a time', async () => {
  const names = Array.from({ length: 20 }, (_, nth) => `m${nth}`);
  let [orders, looks, most] = [0, 0, 0];
  const server = await serveHttp(async (request, response) => {
    if (request.url?.endsWith('/index')) {
      looks += 1;
      most = Math.max(most, looks);
      await eventually('all orders', () => orders === names.length);
      looks -= 1;
    } else orders += 1;
    response.end('[]');
  });
  const api = apiAt(server.port);
  await Promise.all(names.map((name) => api.unload(name, never)));
  expect(most).toBe(1);
});

it.each([
  [
    'of Triton without explicit mode',
    503,
    '{"error":"explicit model load / unload is not allowed if polling is enabled"}',
    /not allowed.*--model-control-mode=explicit/,
  ],
  [
    'of Triton for files it does not see',
    500,
    '{"error":"failed to load \'m\', failed to poll from model repository"}',
    /failed to poll.*--model-repository/,
  ],
  [
    'of MLServer for files it does not see',
    404,
    '{"error":"Model m not found"}',
    /Model m not found.*model-settings\.json/,
  ],
  ['of a server without the API', 404, '{"detail":"Not Found"}', /Not Found.*--runtime-api/],
  [
    'with a traceback',
    500,
    'Traceback (most recent call last):\n  File "x"\nRuntimeError: broken\nmodel\n',
    /load of model m: RuntimeError: broken model$/,
  ],
  ['without words', 502, '', /answered 502 to the load of model m$/],
  ['by a redirect', 307, '', /answered 307/],
])('a refusal %s is MODEL_LOAD_FAILED with its words and what helps', async (_who, status, body, message) => {
  const { runtime, api } = await open();
  runtime.fail(/^load m$/, { status, body });
  await expect(api.load(m, never)).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED', message });
  await api.load(m, never); // the next one is judged by its own answer
});

it('a refused unload is an error, an unknown model is none', async () => {
  const { runtime, api } = await open();
  runtime.fail(/^unload m$/, { status: 500, body: 'no' });
  await expect(api.unload('m', never)).rejects.toMatchObject({
    code: 'MODEL_LOAD_FAILED',
    message: /unload of model m: no/,
  });
  runtime.fail(/^unload m$/, { status: 404, body: '{"error":"Model m not found"}' });
  await api.unload('m', never);
});

it('a load is over when the model says that it is ready', async () => {
  const { runtime, api } = await open();
  runtime.fail(/^ready m$/, { status: 503, body: '' }, 3);
  await api.load(m, never);
  expect(runtime.calls).toEqual(['load m', ...Array.from({ length: 4 }, () => 'ready m')]);
  const impatient = apiAt(runtime.port, 50);
  runtime.fail(/^ready m$/, { status: 400, body: '' }, 1000);
  await expect(impatient.load(m, never)).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED' });
});

it('half a model is refused, and the one that serves goes on', async () => {
  const { runtime, api, modelDir } = await open();
  await api.load(m, never);
  writeTextModel(join(modelDir, 'm'), 'changed');
  writeFileSync(join(modelDir, 'm', '1/part-0.bin'), 'torn');
  await expect(api.load(m, never)).rejects.toMatchObject({
    code: 'MODEL_LOAD_FAILED',
    message: /part\.txt is not whole/,
  });
  expect(await infer(runtime.port, 'm')).toEqual({ status: 200, value: 'm' });
});

it('a server with the orders alone will do: no index, no readiness', async () => {
  const asked: string[] = [];
  const server = await serveHttp((request, response) => {
    asked.push(request.url ?? '');
    const isOrder = /\/(un)?load$/.test(request.url ?? '');
    response.writeHead(isOrder ? 200 : 404).end(isOrder ? '' : '{"detail":"Not Found"}');
  });
  const api = apiAt(server.port);
  expect(await api.isUp(never)).toBe(true);
  await api.load(m, never);
  await api.unload('m', never);
  expect([await api.serving(never), await api.serving(never)]).toEqual([null, null]);
  expect(asked.filter((path) => path.endsWith('/index')).length).toBe(1);
});

it('a runtime without index is asked for it again after it was away', async () => {
  const { runtime, api } = await open();
  runtime.fail(/^index$/, { status: 405, body: '' });
  expect([await api.serving(never), await api.serving(never)]).toEqual([null, null]);
  await runtime.kill();
  expect(await api.isUp(never)).toBe(false);
  await runtime.open();
  expect(await api.isUp(never)).toBe(true);
  expect(await api.serving(never)).toEqual(new Set());
});

it.each([
  [200, true],
  [404, true],
  [400, true],
  [500, false],
  [503, false],
])('a liveness of %i is up: %s', async (status, isUp) => {
  const { runtime, api } = await open();
  runtime.fail(/^live$/, { status, body: '' });
  expect(await api.isUp(never)).toBe(isUp);
});

it('the runtime being away is no fault of the model', async () => {
  const api = apiAt(await freePort());
  const away = { code: 'UPSTREAM_UNREACHABLE' };
  await expect(api.load(m, never)).rejects.toMatchObject(away);
  await expect(api.unload('m', never)).rejects.toMatchObject(away);
  await expect(api.serving(never)).rejects.toMatchObject(away);
  await expect(api.isServing('m', never)).rejects.toMatchObject(away);
});

it('a name is encoded as far as HTTP needs it, since Triton decodes none', async () => {
  const { runtime, api } = await open();
  await api.isServing('a b/c@1+x:$,;=&%', never);
  expect(runtime.calls).toEqual(['ready a%20b%2Fc@1+x:$,;=&%25']);
});
