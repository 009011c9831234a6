// Many connections on one queue: who fetches what, what a store can ask of them, and that a failure ends them all.
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { openHashThread } from '../../../src/storage/checksum/hash-thread.ts';
import { downloadFiles } from '../../../src/storage/download/download.ts';
import { startProgress } from '../../../src/storage/download/progress.ts';
import { openStaging } from '../../../src/storage/folder/open-staging.ts';
import type { WantedFile } from '../../../src/storage/uri/wanted-files.ts';
import { remoteObject, scriptedStore } from '../../support/stores/file-under-way.ts';
import { PullFolder, pullFrom, quickTransfer } from '../../support/stores/pulls.ts';
import { errorAnswer, type S3Answer, s3Object } from '../../support/stores/s3-answers.ts';
import { type S3Request, S3Server } from '../../support/stores/s3-server.ts';
import { realClient } from '../../support/stores/store-reading.ts';
import { sendFile, webServer } from '../../support/stores/web-server.ts';

const MiB = 1_048_576;
const isBody = ({ method, key }: S3Request): boolean => method === 'GET' && key !== '';
const rangesAsked = (server: S3Server): string[] =>
  server.requests.filter(isBody).map(({ headers }) => headers.get('range')?.slice(6) ?? 'whole');

describe('the connections of a pull', () => {
  it('fetch an object in ranges, each once, that keep to the parts of its upload', async () => {
    const body = randomBytes(7 * MiB);
    await using server = await S3Server.start();
    server.put('models', 'm/a', s3Object(body, { etag: `"${'0'.repeat(32)}-3"` })); // parts of 3, 3 and 1 MiB
    using folder = new PullFolder();
    await pullFrom({ server, folder, transfer: { partBytes: 2 * MiB, minConnections: 1, maxConnections: 1 } });
    const aligned = [`0-${3 * MiB - 1}`, `${3 * MiB}-${6 * MiB - 1}`, `${6 * MiB}-${7 * MiB - 1}`];
    expect(rangesAsked(server)).toEqual(aligned);
    expect(folder.files().a?.equals(body)).toBe(true);
  });

  it('that have nothing to do take over half of what a slow one has before it', async () => {
    const body = randomBytes(6 * MiB);
    let slow: { readonly response: ServerResponse; readonly rest: Buffer } | null = null;
    const server = await S3Server.start({
      alter: (request, answer, response) => {
        if (!isBody(request)) return answer;
        const first = Number(/\d+/.exec(request.headers.get('range')!)?.[0]);
        if (first === 0) {
          response.writeHead(206, { ...answer.headers, 'content-length': answer.body.length });
          response.write(answer.body.subarray(0, 1000));
          slow = { response, rest: answer.body.subarray(1000) };
          return null;
        }
        if (first % (4 * MiB) !== 0) slow?.response.end(slow.rest); // somebody took over
        return answer;
      },
    });
    await using _ = server;
    server.put('models', 'm/a', body);
    using folder = new PullFolder();
    await pullFrom({ server, folder, transfer: { partBytes: 4 * MiB, idleTimeoutMs: 8000 } });
    expect(rangesAsked(server).length).toBeGreaterThan(2);
    expect(folder.files().a?.equals(body)).toBe(true);
  });

  it('become fewer when the store is busy, and wait as it says, but no longer than the cap', async () => {
    let refusals = 0;
    const busy = (): S3Answer => errorAnswer(503, 'SlowDown', { headers: { 'retry-after': '3600' } });
    await using server = await S3Server.start({
      alter: (request, answer) => (isBody(request) && ++refusals <= 4 ? busy() : answer),
    });
    for (let file = 0; file < 40; file += 1) server.put('models', `m/${file}`, randomBytes(1000));
    using folder = new PullFolder();
    const progress = startProgress();
    const connections = new Set<number>();
    const watch = setInterval(() => connections.add(progress.connections), 0);
    const transfer = { minConnections: 2, maxConnections: 4, maxBackoffMs: 20 };
    await pullFrom({ server, folder, progress, transfer }).finally(() => clearInterval(watch));
    expect(Object.keys(folder.files()).length).toBe(40);
    expect(Math.max(...connections)).toBeLessThanOrEqual(4);
    expect(progress.retries).toBe(4);
  });

  it('fetch what a policy lets them GET and not HEAD', async () => {
    const body = randomBytes(200_000);
    await using server = await S3Server.start({
      alter: ({ method }, answer) => (method === 'HEAD' ? errorAnswer(403, 'AccessDenied') : answer),
    });
    server.put('models', 'm/a', body);
    using folder = new PullFolder();
    await pullFrom({ server, folder });
    expect(folder.files().a?.equals(body)).toBe(true);
  });

  it('see a change of the object where the store knows no If-Match', async () => {
    const [before, after] = [randomBytes(300_000), randomBytes(300_000)];
    let seen = 0;
    const server = await S3Server.start({
      alter: (request, answer) => {
        if (!isBody(request)) return answer;
        seen += 1;
        if (seen === 2) server.put('models', 'm/a', after);
        if (answer.status !== 412) return answer;
        const [first, last] = rangesOf(request);
        const { etag } = server.bucket('models').get('m/a')!;
        const headers = { etag, 'content-range': `bytes ${first}-${last}/${after.length}` };
        return { status: 206, headers, body: after.subarray(first, last + 1) };
      },
    });
    await using _ = server;
    server.put('models', 'm/a', s3Object(before, { etag: '"of-the-old-one"' })); // no checksum could tell
    using folder = new PullFolder();
    const { restarts } = await pullFrom({ server, folder });
    expect([restarts, folder.files().a?.equals(after)]).toEqual([1, true]);
  });
});

function rangesOf({ headers }: S3Request): [number, number] {
  const [, first, last] = /(\d+)-(\d+)/.exec(headers.get('range')!)!;
  return [Number(first), Number(last)];
}

/** Of this process; Linux tells. */
function openFilesBelow({ path }: PullFolder): string[] {
  const descriptors = existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd') : [];
  const targets = descriptors.flatMap((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return []; // that of the look itself
    }
  });
  return targets.filter((target) => target.startsWith(path));
}

interface Scene {
  readonly pages: () => AsyncIterable<readonly WantedFile[]>;
  readonly folder: PullFolder;
  readonly url: string;
  readonly freeBytes?: number;
}

async function download({ pages, folder, url, freeBytes }: Scene, progress = startProgress()) {
  await using staging = await openStaging({ target: folder.path, spec: { storageUri: 's3://models/m' } });
  await using hashes = openHashThread();
  if (freeBytes !== undefined) staging.freeBytes = async () => freeBytes;
  const { signal } = new AbortController();
  const [http, store] = [realClient(), scriptedStore({ url })];
  const what = { shownUri: 's3://models/m', maxUnpackedBytes: 1e9, transfer: quickTransfer };
  await downloadFiles(pages(), { ...what, store, http, staging, hashes, progress, signal });
}

const fileOf = (key: string, bytes: number): WantedFile => ({ path: key, object: remoteObject({ key, bytes }) });

describe('a download', () => {
  it('that fails ends although the list stalls', async () => {
    const { origin } = await webServer((_, response) => response.writeHead(400).end());
    using folder = new PullFolder();
    async function* pages() {
      yield [fileOf('a', 10)];
      await new Promise(() => undefined);
    }
    const failing = download({ pages, folder, url: origin });
    await expect(failing).rejects.toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining('"a"') });
  });

  it('that fails ends although other connections stall, and leaves no file open', async () => {
    const { promise: stalled, resolve } = Promise.withResolvers<void>();
    await using server = await S3Server.start({
      alter: (request, answer, response) => {
        if (request.method === 'HEAD' && request.key === 'm/denied') {
          void stalled.then(() => response.writeHead(400).end());
          return null;
        }
        if (!isBody(request)) return answer;
        if (request.key === 'm/denied') return errorAnswer(403, 'AccessDenied');
        resolve();
        return null;
      },
    });
    server.put('models', 'm/denied', randomBytes(300_000));
    server.put('models', 'm/stalling', randomBytes(1000));
    using folder = new PullFolder();
    const failing = pullFrom({ server, folder, transfer: { idleTimeoutMs: 60_000 } });
    await expect(failing).rejects.toMatchObject({ code: 'STORE_DENIED', message: expect.stringContaining('denied') });
    expect(openFilesBelow(folder)).toEqual([]);
  });

  it('whose HEADs fail for good leaves no file open', async () => {
    await using server = await S3Server.start({
      alter: (request, answer) => (request.method === 'HEAD' ? errorAnswer(500, 'InternalError') : answer),
    });
    server.put('models', 'm/a', randomBytes(300_000));
    using folder = new PullFolder();
    await expect(pullFrom({ server, folder })).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(openFilesBelow(folder)).toEqual([]);
  });

  it('needs room for what is missing, not for what is here', async () => {
    const body = randomBytes(100_000);
    const { origin } = await webServer((request, response) => sendFile(request, response, { body }));
    using folder = new PullFolder();
    async function* pages() {
      yield [fileOf('a', body.length), fileOf('b', body.length)];
    }
    const scene = { pages, folder, url: origin };
    const full = download({ ...scene, freeBytes: 199_999 });
    const message = expect.stringMatching(
      /^s3:\/\/models\/m: at least 200000 bytes .* are needed .* 199999 are free; free space/,
    );
    await expect(full).rejects.toMatchObject({ code: 'DISK_FULL', message });
    await download(scene);
    const progress = startProgress();
    await download({ ...scene, freeBytes: 0 }, progress);
    expect(progress).toMatchObject({ keptBytes: 200_000, doneBytes: 200_000, fetchedBytes: 0, connections: 0 });
  });
});
