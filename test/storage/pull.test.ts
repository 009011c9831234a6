// Whole pulls, each from a server that means it: archives, lonely objects, compressed ones, those of unknown size, many of them.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { readStorageEnvironment } from '../../src/config/storage-environment.ts';
import { startProgress } from '../../src/storage/download/progress.ts';
import { GcsServer } from '../support/stores/gcs-server.ts';
import { PullFolder, pullFrom, quickTransfer } from '../support/stores/pulls.ts';
import { S3Server } from '../support/stores/s3-server.ts';
import { sendFile, webServer } from '../support/stores/web-server.ts';

const body = randomBytes(200_000); // four ranges

async function tar(members: Readonly<Record<string, string>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(members)) archive.entry({ name }, content);
  archive.finalize();
  return Buffer.concat(await Readable.from(archive).toArray());
}

function environment(env: Readonly<Record<string, string>> = {}) {
  const { config } = readStorageEnvironment(env);
  return { ...config, transfer: quickTransfer };
}

describe('a pull of one archive', () => {
  it('gives what is in it, and does not fetch it a second time', async () => {
    await using server = await S3Server.start();
    server.put('models', 'm.tar.gz', gzipSync(await tar({ 'model.onnx': 'weights', 'a/b.txt': 'text' })));
    using folder = new PullFolder();
    const uri = 's3://models/m.tar.gz';
    const progress = startProgress();
    expect(await pullFrom({ server, folder, uri, progress })).toMatchObject({ files: 2, bytes: 11 });
    expect(Object.keys(folder.files()).toSorted()).toEqual(['a/b.txt', 'model.onnx']);
    expect(progress).toMatchObject({ unpackedBytes: 11, connections: 0, phase: 'publishing' });
    expect(await pullFrom({ server, folder, uri })).toMatchObject({ files: 2, bytes: 11, fetchedBytes: 0 });
    server.put('models', 'm.tar.gz', await tar({ 'model.onnx': 'newer' }));
    await pullFrom({ server, folder, uri });
    expect(Object.keys(folder.files())).toEqual(['model.onnx']);
  });

  it.each([
    ['leads out of the folder', { '../evil': 'x' }, 'UNSAFE_PATH'],
    ['is too large', { a: 'x'.repeat(3000) }, 'PULL_TOO_LARGE'],
  ])('that %s leaves nothing', async (_, members, code) => {
    await using server = await S3Server.start();
    server.put('models', 'm.tar', await tar(members));
    using folder = new PullFolder();
    const limits = { maxFiles: 10, maxUnpackedBytes: 2000 };
    const pulling = pullFrom({ server, folder, uri: 's3://models/m.tar', job: { limits } });
    await expect(pulling).rejects.toMatchObject({ code, message: expect.stringMatching(/evil|m\.tar/) });
    expect(folder.filesIfAny()).toEqual([]);
  });

  it('among others is a file like them', async () => {
    await using server = await S3Server.start();
    server.put('models', 'm/a.tar', await tar({ a: 'x' }));
    server.put('models', 'm/b', 'y');
    using folder = new PullFolder();
    await pullFrom({ server, folder });
    expect(Object.keys(folder.files()).toSorted()).toEqual(['a.tar', 'b']);
  });
});

describe('a pull of', () => {
  it('one object gives it under its own name, and no sibling', async () => {
    await using server = await S3Server.start();
    for (const key of ['m/model.onnx', 'm/model.onnx.bak', 'm/model.onnx-2/x']) server.put('models', key, key);
    using folder = new PullFolder();
    await pullFrom({ server, folder, uri: 's3://models/m/model.onnx' });
    expect(folder.files()).toEqual({ 'model.onnx': Buffer.from('m/model.onnx') });
  });

  it('empty files asks for no byte of them', async () => {
    await using server = await S3Server.start();
    for (const key of ['m/__init__.py', 'm/a/empty']) server.put('models', key, '');
    server.put('models', 'm/one', '1');
    using folder = new PullFolder();
    expect(await pullFrom({ server, folder })).toMatchObject({ files: 3, bytes: 1 });
    expect(folder.files()).toEqual({
      '__init__.py': Buffer.alloc(0),
      'a/empty': Buffer.alloc(0),
      one: Buffer.from('1'),
    });
    expect(server.asked().filter((asked) => asked.startsWith('GET m/'))).toEqual(['GET m/one']);
  });

  it('many objects on many pages gives each of them', async () => {
    await using server = await S3Server.start({ pageKeys: 60 });
    const keys = Array.from({ length: 500 }, (_, nth) => `${nth % 50}/${nth}`);
    for (const key of keys) server.put('models', `m/${key}`, key);
    using folder = new PullFolder();
    const progress = startProgress();
    const bytes = keys.join('').length;
    expect(await pullFrom({ server, folder, progress })).toMatchObject({ files: 500, bytes });
    expect(progress).toMatchObject({ listing: false, listedFiles: 500, listedBytes: bytes, doneBytes: bytes });
    const files = folder.files();
    expect(keys.every((key) => files[key]?.toString() === key)).toBe(true);
  });

  it('what http sends in chunks without a length, and of unknown ranges, is whole and counted', async () => {
    const { origin } = await webServer((_, response) => {
      response.write(body.subarray(0, 70_000));
      response.end(body.subarray(70_000));
    });
    using folder = new PullFolder();
    const progress = startProgress();
    const uri = `${origin}/model.onnx`;
    await pullFrom({ server: { url: origin }, folder, uri, progress, job: { config: environment() } });
    expect(folder.files()['model.onnx']?.equals(body)).toBe(true);
    expect(progress).toMatchObject({ listedBytes: body.length, doneBytes: body.length, doneFiles: 1 });
  });

  it('what http sends without a length and without an end is refused at the limit, and nothing is kept', async () => {
    const { origin } = await webServer((_, response) => {
      const send = (): void => {
        while (response.write(body));
      };
      response.on('drain', send);
      send();
    });
    using folder = new PullFolder();
    const job = { config: environment(), limits: { maxFiles: 10, maxUnpackedBytes: 1_000_000 } };
    const progress = startProgress();
    const pulled = pullFrom({ server: { url: origin }, folder, uri: `${origin}/model.onnx`, progress, job });
    await expect(pulled).rejects.toMatchObject({
      code: 'PULL_TOO_LARGE',
      message: expect.stringContaining('model.onnx'),
    });
    expect(progress.fetchedBytes).toBeLessThanOrEqual(1_000_000);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('what http breaks off without ranges begins again, and the figures stay right', async () => {
    let sent = 0;
    const { origin, asked } = await webServer((request, response) => {
      response.setHeader('content-length', body.length);
      sent += request.headers.range === undefined ? 1 : 0;
      if (sent === 1) response.write(body.subarray(0, 90_000), () => response.destroy());
      else response.end(body);
    });
    using folder = new PullFolder();
    const progress = startProgress();
    const uri = `${origin}/model.onnx`;
    await pullFrom({ server: { url: origin }, folder, uri, progress, job: { config: environment() } });
    expect(folder.files()['model.onnx']?.equals(body)).toBe(true);
    expect(progress).toMatchObject({ listedBytes: body.length, doneBytes: body.length, retries: 1 });
    expect(asked.length).toBe(3);
  });

  it('what http serves in ranges fetches ranges', async () => {
    const file = { body, headers: { etag: '"v1"' } };
    const { origin, asked } = await webServer((request, response) => sendFile(request, response, file));
    using folder = new PullFolder();
    await pullFrom({ server: { url: origin }, folder, uri: `${origin}/m.onnx`, job: { config: environment() } });
    expect(folder.files()['m.onnx']?.equals(body)).toBe(true);
    expect(asked.slice(1).every(({ headers }) => headers.range !== undefined)).toBe(true);
  });

  it('a folder that is here copies it, and nothing the second time', async () => {
    using folder = new PullFolder();
    const source = join(folder.path, '../source');
    mkdirSync(join(source, 'a'), { recursive: true });
    writeFileSync(join(source, 'a/b'), body);
    const pulling = () => pullFrom({ server: { url: 'http://unused' }, folder, uri: `file://${source}` });
    expect(await pulling()).toMatchObject({ files: 1, fetchedBytes: body.length });
    expect(await pulling()).toMatchObject({ files: 1, fetchedBytes: 0 });
    expect(folder.files()['a/b']?.equals(body)).toBe(true);
    rmSync(source, { recursive: true });
    await expect(pulling()).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
    expect(folder.whole).toBe(true);
  });
});

describe('a pull of what GCS keeps compressed', () => {
  const text = Buffer.alloc(300_000, 'outrigger ');
  const limits = { maxFiles: 10, maxUnpackedBytes: 400_000 };

  async function pullGcs(stored: Buffer, folder: PullFolder) {
    await using server = await GcsServer.start();
    server.objects.put('models', 'm/vocab.txt', stored, { contentEncoding: 'gzip' });
    server.objects.put('models', 'm/weights', body);
    const config = environment({ STORAGE_EMULATOR_HOST: server.url });
    return await pullFrom({ server, folder, uri: 'gs://models/m', job: { config, limits } });
  }

  it.each([
    ['small', text],
    ['in ranges', Buffer.from(body.toString('hex').slice(0, 250_000))],
  ])('gives it as its readers expect it (%s)', async (_, content) => {
    using folder = new PullFolder();
    await pullGcs(gzipSync(content), folder);
    expect(folder.files()['vocab.txt']?.equals(content)).toBe(true);
    expect(folder.files().weights?.equals(body)).toBe(true);
  });

  it.each([
    ['a bomb', gzipSync(Buffer.alloc(10_000_000)), 'PULL_TOO_LARGE'],
    ['broken', gzipSync(text).subarray(0, 200), 'ARCHIVE_INVALID'],
  ])('and is %s is refused by name, and leaves nothing', async (_, stored, code) => {
    using folder = new PullFolder();
    await expect(pullGcs(stored, folder)).rejects.toMatchObject({
      code,
      message: expect.stringContaining('vocab.txt'),
    });
    expect(folder.filesIfAny()).toEqual([]);
  });
});
