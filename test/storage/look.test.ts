// Did the store change since the pull? Asked of the thread, as the puller asks it; the store sees no request for a byte.
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { markerName } from '../../src/storage/folder/marker.ts';
import type { PullJob } from '../../src/storage/pull-job.ts';
import { PullThread } from '../../src/storage/pull-thread.ts';
import { configOf, PullFolder } from '../support/stores/pulls.ts';
import { S3Server } from '../support/stores/s3-server.ts';

const thread = new PullThread({ niceness: 0 });
afterAll(() => thread[Symbol.asyncDispose]());
const signal = new AbortController().signal;

function jobOf(server: Pick<S3Server, 'url'>, target: string, job: Partial<PullJob> = {}): PullJob {
  const limits = { maxFiles: 100, maxUnpackedBytes: 2 ** 30 };
  const patterns = { allow: [], ignore: [] };
  return { uri: 's3://models/m', target, spec: null, config: configOf(server), patterns, limits, ...job };
}

interface Pulled extends AsyncDisposable {
  readonly server: S3Server;
  readonly job: PullJob;
}

/** Two files, pulled; of a spec as models.json has them. */
async function pulled(job: Partial<PullJob> = {}): Promise<Pulled> {
  const server = await S3Server.start();
  const folder = new PullFolder();
  server.put('models', 'm/config.pbtxt', 'name: "m"');
  server.put('models', 'm/1/model.onnx', Buffer.alloc(10_000, 1));
  server.put('models', 'm-2/other', 'another model');
  const spec = { storageUri: 's3://models/m', framework: 'onnx' };
  const whole = jobOf(server, folder.path, { spec, ...job });
  await thread.pull(whole, { signal, onProgress: () => undefined });
  server.requests.length = 0;
  const close = async (): Promise<void> => {
    folder[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  };
  return { server, job: whole, [Symbol.asyncDispose]: close };
}

describe('a look at the store of a pulled model', () => {
  it('finds the same, and asks for no bytes', async () => {
    await using model = await pulled();
    expect(await thread.look(model.job, { signal })).toBe('same');
    expect(model.server.requests.filter(({ method, key }) => method === 'GET' && key !== '')).toEqual([]);
  });

  it.each<[string, (server: S3Server) => void]>([
    ['a file with other bytes of the same length', (to) => to.put('models', 'm/1/model.onnx', Buffer.alloc(10_000, 2))],
    ['a file more', (to) => to.put('models', 'm/1/labels.txt', 'a')],
    ['a file less', (to) => to.bucket('models').delete('m/config.pbtxt')],
    [
      'a file under another name',
      (to) => {
        to.bucket('models').delete('m/config.pbtxt');
        to.put('models', 'm/config.txt', 'name: "m"');
      },
    ],
  ])('finds %s', async (_, change) => {
    await using model = await pulled();
    change(model.server);
    expect(await thread.look(model.job, { signal })).toBe('changed');
  });

  it('does not see what the patterns leave out, nor what stands beside the model', async () => {
    await using model = await pulled({ patterns: { allow: [], ignore: ['*.txt'] } });
    model.server.put('models', 'm/1/labels.txt', 'a');
    model.server.put('models', 'm-2/other', 'changed');
    expect(await thread.look(model.job, { signal })).toBe('same');
  });

  it('knows a model that is one file', async () => {
    await using model = await pulled({ uri: 's3://models/m/config.pbtxt' });
    expect(await thread.look(model.job, { signal })).toBe('same');
    model.server.put('models', 'm/config.pbtxt', 'name: "n"');
    expect(await thread.look(model.job, { signal })).toBe('changed');
  });

  it('cannot tell of a folder without a list: of another spec, of another agent, or not there at all', async () => {
    await using model = await pulled();
    const spec = { storageUri: 's3://models/m', framework: 'go' };
    expect(await thread.look({ ...model.job, spec }, { signal })).toBe('unknown');
    writeFileSync(join(model.job.target, markerName(spec)), JSON.stringify(spec));
    expect(await thread.look({ ...model.job, spec }, { signal })).toBe('unknown');
    expect(await thread.look({ ...model.job, target: `${model.job.target}-gone` }, { signal })).toBe('unknown');
    expect(model.server.requests).toEqual([]);
  });

  it('fails as a pull does: the model is gone, the store refuses, nobody waits any more', async () => {
    await using model = await pulled();
    model.server.bucket('models').clear();
    await expect(thread.look(model.job, { signal })).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
    const { s3, ...config } = model.job.config;
    const credentials = { accessKeyId: 'nobody', secretAccessKey: 'x', sessionToken: null };
    const stranger = { ...model.job, config: { ...config, s3: { ...s3, credentials } } };
    await expect(thread.look(stranger, { signal })).rejects.toMatchObject({ code: 'STORE_DENIED' });
    const cancelled = AbortSignal.abort();
    await expect(thread.look(model.job, { signal: cancelled })).rejects.toMatchObject({ code: 'PULL_CANCELLED' });
  });

  it('sees a file of this machine change by its time', async () => {
    await using model = await pulled();
    using copy = new PullFolder();
    const source = join(copy.path, '..', 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'a.bin'), 'abc');
    const job = { ...model.job, uri: `file://${source}`, target: copy.path, spec: null };
    await thread.pull(job, { signal, onProgress: () => undefined });
    expect(await thread.look(job, { signal })).toBe('same');
    utimesSync(join(source, 'a.bin'), 1, 1);
    expect(await thread.look(job, { signal })).toBe('changed');
    rmSync(source, { recursive: true });
  });
});
