// Pulls in their thread: results and failures come back as they are, and whatever ends the thread ends nobody else.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PullProgress } from '../../src/storage/download/progress.ts';
import type { PullJob } from '../../src/storage/pull-job.ts';
import { PullThread } from '../../src/storage/pull-thread.ts';
import { configOf, PullFolder } from '../support/stores/pulls.ts';
import { type Alter, S3Server } from '../support/stores/s3-server.ts';

const body = randomBytes(200_000);
const never = new AbortController().signal;
const unheard = () => undefined;

async function serving(alter: Alter = (_, answer) => answer): Promise<S3Server> {
  const server = await S3Server.start({ alter });
  server.put('models', 'm/weights', body);
  return server;
}

function jobOf(server: S3Server, { path }: PullFolder, job: Partial<PullJob> = {}): PullJob {
  const limits = { maxFiles: 100, maxUnpackedBytes: 2 ** 30 };
  const [config, patterns] = [configOf(server, { idleTimeoutMs: 60_000 }), { allow: [], ignore: [] }];
  return { uri: 's3://models/m', target: path, spec: null, config, patterns, limits, ...job };
}

/** Bodies of objects never come; `asked` resolves when the first was asked for. */
function stalling(): { readonly alter: Alter; readonly asked: Promise<void> } {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const alter: Alter = ({ method, key }, answer) => {
    if (method !== 'GET' || key === '') return answer;
    resolve();
    return null;
  };
  return { alter, asked };
}

/** Of a thread of this process: field 19 of proc_pid_stat(5), counted behind the name, which may hold anything. */
function niceOf(threadId: number): number {
  const stat = readFileSync(`/proc/self/task/${threadId}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
}

let thread: PullThread; // one for many tests: to start one takes half a second
beforeAll(() => {
  thread = new PullThread({ niceness: 10 });
});
afterAll(() => thread[Symbol.asyncDispose]());

describe('the thread of pulls', () => {
  it('pulls, tells how far it is, and what came of it; then the same, and fetches nothing', async () => {
    await using server = await serving();
    using folder = new PullFolder();
    const seen: PullProgress[] = [];
    const job = jobOf(server, folder);
    const result = await thread.pull(job, { signal: never, onProgress: (progress) => seen.push(progress) });
    expect(result).toMatchObject({ files: 1, bytes: body.length, fetchedBytes: body.length });
    expect(seen.at(-1)).toMatchObject({ doneFiles: 1, doneBytes: body.length, phase: 'publishing', connections: 0 });
    expect(folder.files().weights?.equals(body)).toBe(true);
    expect((await thread.pull(job, { signal: never, onProgress: unheard })).fetchedBytes).toBe(0);
  });

  it.runIf(process.platform === 'linux')(
    'is of a lower priority than the thread of requests (read from /proc: Linux only)',
    async () => {
      await using server = await serving();
      using folder = new PullFolder();
      await thread.pull(jobOf(server, folder), { signal: never, onProgress: unheard });
      expect(niceOf(process.pid)).toBeLessThan(10);
      expect(readdirSync('/proc/self/task').map(Number).map(niceOf)).toContain(10);
    },
  );

  it('hands failures over with their code and words', async () => {
    await using server = await serving();
    using folder = new PullFolder();
    const pulling = thread.pull(jobOf(server, folder, { uri: 's3://models/none' }), {
      signal: never,
      onProgress: unheard,
    });
    await expect(pulling).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND', message: expect.stringContaining('none') });
  });

  it('ends a cancelled pull though the store stalls, and lets go of the signal', async () => {
    const { alter, asked } = stalling();
    await using server = await serving(alter);
    using folder = new PullFolder();
    const ending = new AbortController();
    const pulling = thread.pull(jobOf(server, folder), { signal: ending.signal, onProgress: unheard });
    await asked;
    ending.abort();
    await expect(pulling).rejects.toMatchObject({ code: 'PULL_CANCELLED' });
    const late = thread.pull(jobOf(server, folder), { signal: ending.signal, onProgress: unheard });
    await expect(late).rejects.toMatchObject({ code: 'PULL_CANCELLED' });
  });

  it('ends a cancelled pull though the list stalls', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    await using server = await serving(() => {
      resolve();
      return null;
    });
    using folder = new PullFolder();
    const ending = new AbortController();
    const pulling = thread.pull(jobOf(server, folder), { signal: ending.signal, onProgress: unheard });
    await asked;
    ending.abort();
    await expect(pulling).rejects.toMatchObject({ code: 'PULL_CANCELLED' });
  });

  it('refuses a second pull into a folder while the first is there, and goes on with the first', async () => {
    const { alter, asked } = stalling();
    await using server = await serving(alter);
    using folder = new PullFolder();
    const ending = new AbortController();
    const first = thread.pull(jobOf(server, folder), { signal: ending.signal, onProgress: unheard });
    await asked;
    const second = thread.pull(jobOf(server, folder), { signal: never, onProgress: unheard });
    await expect(second).rejects.toMatchObject({
      code: 'FOLDER_UNUSABLE',
      message: expect.stringContaining('pulling into this folder'),
    });
    ending.abort();
    await expect(first).rejects.toMatchObject({ code: 'PULL_CANCELLED' });
  });

  it('fails what cannot be sent to it, and goes on', async () => {
    await using server = await serving();
    using folder = new PullFolder();
    const job = jobOf(server, folder);
    const unsendable = { ...job, uri: (() => undefined) as never };
    await expect(thread.pull(unsendable, { signal: never, onProgress: unheard })).rejects.toThrow(
      'could not be cloned',
    );
    await thread.pull(job, { signal: never, onProgress: unheard });
    expect(folder.whole).toBe(true);
  });
});

describe('a thread of pulls', () => {
  it('that dies fails its pulls with INTERNAL, and the next pull has a new one', async () => {
    const { alter, asked } = stalling();
    await using stalled = await serving(alter);
    await using server = await serving();
    using folder = new PullFolder();
    using other = new PullFolder();
    await using thread = new PullThread({ niceness: 0 });
    const started = once(process, 'worker') as Promise<[Worker]>;
    const pulling = thread.pull(jobOf(stalled, folder), { signal: never, onProgress: unheard });
    const failed = expect(pulling).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('died'),
    });
    const [worker] = await started;
    await asked;
    await worker.terminate();
    await failed;
    await thread.pull(jobOf(server, other), { signal: never, onProgress: unheard });
    expect(other.whole).toBe(true);
  });

  it('that is ended cancels its pulls, and a signal that fires later starts none', async () => {
    const { alter, asked } = stalling();
    await using server = await serving(alter);
    using folder = new PullFolder();
    const thread = new PullThread({ niceness: 0 });
    const ending = new AbortController();
    const pulling = thread.pull(jobOf(server, folder), { signal: ending.signal, onProgress: unheard });
    const failed = expect(pulling).rejects.toMatchObject({ code: 'PULL_CANCELLED' });
    await asked;
    await thread[Symbol.asyncDispose]();
    await failed;
    ending.abort();
    await thread[Symbol.asyncDispose]();
  });
});
