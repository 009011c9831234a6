// Is the embedded store a web server that a model can be pulled from, and does it show nothing but its folder?
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ModelStore, startModelStore } from '../../src/dev/model-store.ts';
import { lookAtModel } from '../../src/storage/look.ts';
import { configOf, PullFolder, pullFrom } from '../support/stores/pulls.ts';

const weights = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));

let root: string;
let folder: string;
let store: ModelStore;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'outrigger-store-'));
  folder = join(root, 'store');
  mkdirSync(join(folder, 'digits', '.git'), { recursive: true });
  writeFileSync(join(root, 'secret'), 'secret');
  writeFileSync(join(folder, 'digits', '.git', 'config'), 'secret');
  writeFileSync(join(folder, 'digits', '.env'), 'secret');
  store = await startModelStore({ host: '127.0.0.1', port: 0, folder });
});

beforeEach(() => writeFileSync(join(folder, 'digits', 'model.onnx'), weights));

afterAll(async () => {
  await store?.[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});

/** As it is written, without what fetch would make of the path. */
async function ask(path: string, { method = 'GET', headers = {} } = {}) {
  const { hostname: host, port } = new URL(store.url);
  const call = request({ host, port, path, method, headers, agent: false }).end();
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, headers: answer.headers, body: await buffer(answer) };
}

describe('the embedded store', () => {
  it('serves a file whole, a part of it, and its head', async () => {
    const whole = await ask('/digits/model.onnx');
    expect([whole.status, whole.body.equals(weights)]).toEqual([200, true]);
    const part = await ask('/digits/model.onnx?any=1', { headers: { range: 'bytes=250-252' } });
    expect([part.status, [...part.body], part.headers.etag]).toEqual([206, [250, 0, 1], whole.headers.etag]);
    const head = await ask('/digits/model.onnx', { method: 'HEAD' });
    expect([head.status, head.body.length, head.headers['content-length']]).toEqual([200, 0, '300000']);
  });

  it('tells a file that was written anew from the one before, also of the same size', async () => {
    const { etag } = (await ask('/digits/model.onnx')).headers;
    writeFileSync(join(root, 'new'), weights);
    renameSync(join(root, 'new'), join(folder, 'digits', 'model.onnx'));
    const answer = await ask('/digits/model.onnx', { headers: { 'if-match': etag, range: 'bytes=0-0' } });
    expect([answer.status, answer.headers.etag === etag]).toEqual([412, false]);
  });

  it.each([
    '/',
    '/digits',
    '/digits/',
    '/none',
    '/digits/model.onnx/x',
    '/../secret',
    '/digits/../../secret',
    '/%2e%2e/secret',
    '/..%2fsecret',
    '/digits/.env',
    '/digits/.git/config',
    '/digits/%00',
    '/%zz',
    '*',
    `/${'a'.repeat(300)}`,
  ])('has nothing at %s', async (path) => {
    const { status, body } = await ask(path);
    expect([status, body.toString()]).toEqual([404, 'there is no such file\n']);
  });

  it('takes nothing', async () => {
    const { status, headers } = await ask('/digits/model.onnx', { method: 'PUT' });
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});

describe('a model that is pulled from it', () => {
  it('is what the folder holds; the store then has the same until the file is changed', async () => {
    using target = new PullFolder();
    const uri = `${store.url}digits/model.onnx`;
    const server = { url: store.url };
    expect(await pullFrom({ server, folder: target, uri })).toMatchObject({ files: 1, bytes: 300_000 });
    expect(target.files()['model.onnx']?.equals(weights)).toBe(true);

    const limits = { maxFiles: 10, maxUnpackedBytes: 2 ** 30 };
    const patterns = { allow: [], ignore: [] };
    const job = { uri, target: target.path, spec: null, config: configOf(server), patterns, limits };
    const { signal } = new AbortController();
    expect(await lookAtModel(job, { signal })).toBe('same');
    writeFileSync(join(folder, 'digits', 'model.onnx'), 'another one');
    expect(await lookAtModel(job, { signal })).toBe('changed');
    await pullFrom({ server, folder: target, uri });
    expect(target.files()['model.onnx']?.toString()).toBe('another one');
  });

  it('that is an empty file, or none, is told as such', async () => {
    using target = new PullFolder();
    const server = { url: store.url };
    writeFileSync(join(folder, 'digits', 'model.onnx'), '');
    expect(await pullFrom({ server, folder: target, uri: `${store.url}digits/model.onnx` })).toMatchObject({
      bytes: 0,
    });
    await expect(pullFrom({ server, folder: target, uri: `${store.url}digits/none` })).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
    });
  });
});
