import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openFileStore } from '../../../../src/storage/stores/file/file-store.ts';
import { listObjects } from '../../../support/stores/store-settings.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'file-store-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [key, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, key)), { recursive: true });
    writeFileSync(join(root, key), text);
  }
}

const keysOf = async (path: string): Promise<string[]> =>
  (await listObjects(await openFileStore({ path }))).map(({ key }) => key);

describe('a folder', () => {
  it('has the files below it, with their sizes', async () => {
    const root = folder();
    write(root, { 'model.bin': '12345', 'b/c/deep.txt': '1', 'b/empty': '' });
    const store = await openFileStore({ path: root });
    expect(store.path).toBe('');
    expect((await listObjects(store)).map(({ key, bytes }) => [key, bytes])).toEqual([
      ['b/c/deep.txt', 1],
      ['b/empty', 0],
      ['model.bin', 5],
    ]);
  });

  it('may be reached by a link', async () => {
    const root = folder();
    write(root, { 'v2/m': 'x' });
    symlinkSync('v2', join(root, 'latest'));
    expect(await keysOf(join(root, 'latest'))).toEqual(['m']);
  });

  it('is listed in pages', async () => {
    const root = folder();
    write(root, Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`${n}`, ''])));
    const sizes: number[] = [];
    for await (const page of (await openFileStore({ path: root })).list(AbortSignal.timeout(5_000))) {
      sizes.push(page.length);
    }
    expect(sizes).toEqual([1_000, 1]);
  });

  it('is not walked any further once nobody wants it', async () => {
    const root = folder();
    write(root, { a: '' });
    const store = await openFileStore({ path: root });
    await expect(listObjects(store, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });

  it('of a volume may have the folder that only root reads', async () => {
    const root = folder();
    write(root, { 'lost+found/x': '', 'a/lost+found/mine': '' });
    expect(await keysOf(root)).toEqual(['a/lost+found/mine']);
  });
});

describe('one file', () => {
  it('is its base name, by whatever link it is reached', async () => {
    const root = folder();
    write(root, { 'dir/m.onnx': '123' });
    symlinkSync('dir/m.onnx', join(root, 'link.onnx'));
    const store = await openFileStore({ path: join(root, 'link.onnx') });
    const [object] = await listObjects(store);
    expect([store.path, object?.key, object?.bytes]).toEqual(['link.onnx', 'link.onnx', 3]);
    expect(await store.localPath(object!)).toBe(join(root, 'dir/m.onnx'));
  });

  it('that is not there is no model', async () => {
    const root = folder();
    await expect(openFileStore({ path: join(root, 'x') })).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
    write(root, { file: '' });
    await expect(openFileStore({ path: join(root, 'file/x') })).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  });
});

describe('the version of a file', () => {
  it('changes with its time and its size, not with its place', async () => {
    const root = folder();
    write(root, { a: '1' });
    const versionOf = async (): Promise<string | null | undefined> =>
      (await listObjects(await openFileStore({ path: root })))[0]?.version;
    utimesSync(join(root, 'a'), 1, 1);
    const first = await versionOf();
    renameSync(join(root, 'a'), join(root, 'b'));
    expect(await versionOf()).toBe(first);
    utimesSync(join(root, 'b'), 1, 2);
    expect(await versionOf()).not.toBe(first);
    writeFileSync(join(root, 'b'), '12');
    utimesSync(join(root, 'b'), 1, 1);
    expect(await versionOf()).not.toBe(first);
  });
});

describe('links', () => {
  it('that stay inside are what they lead to', async () => {
    const root = folder();
    write(root, { 'v1/m': '12' });
    symlinkSync('v1/m', join(root, 'file'));
    symlinkSync('v1', join(root, 'folder'));
    const store = await openFileStore({ path: root });
    const objects = await listObjects(store);
    expect(objects.map(({ key }) => key)).toEqual(['file', 'folder/m', 'v1/m']);
    for (const object of objects) expect(await store.localPath(object)).toBe(join(root, 'v1/m'));
  });

  it('of a ConfigMap volume are its files, each once', async () => {
    const root = folder();
    write(root, { '..2026_11_21_10_00_00.1/config.json': '{}', '..2026_11_21_10_00_00.1/sub/x': '' });
    symlinkSync('..2026_11_21_10_00_00.1', join(root, '..data'));
    symlinkSync('..data/config.json', join(root, 'config.json'));
    symlinkSync('..data/sub', join(root, 'sub'));
    expect(await keysOf(root)).toEqual(['config.json', 'sub/x']);
  });

  it('with two dots are names like any other elsewhere', async () => {
    const root = folder();
    write(root, { '..mine': '' });
    expect(await keysOf(root)).toEqual(['..mine']);
  });

  it.each<[string, string]>([
    ['out of the folder', '../outside'],
    ['to an absolute path', '/etc/hostname'],
    ['to a folder whose name only begins like this one', 'SIBLING'],
    ['nowhere', 'missing'],
    ['to itself', 'link'],
    ['to its own folder', '.'],
    ['back up', '../root'],
  ])('%s are refused by name', async (_where, target) => {
    const outer = folder();
    const root = join(outer, 'root');
    write(outer, { 'root/m': '', outside: 'secret', 'root-2/m': '' });
    symlinkSync(target === 'SIBLING' ? join(outer, 'root-2') : target, join(root, 'link'));
    const failure = { code: 'UNSAFE_PATH', message: expect.stringContaining('"link"') };
    await expect(keysOf(root)).rejects.toMatchObject(failure);
  });

  it('that are turned outwards after the list are refused too', async () => {
    const root = folder();
    write(root, { a: '', b: '' });
    symlinkSync('a', join(root, 'link'));
    const store = await openFileStore({ path: root });
    const link = (await listObjects(store)).find(({ key }) => key === 'link');
    rmSync(join(root, 'link'));
    symlinkSync('/etc/hostname', join(root, 'link'));
    await expect(store.localPath(link!)).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
  });
});

describe('what is no file', () => {
  it.each(['pipe', 'socket'])('such as a %s is refused by name, and nobody waits for it', async (what) => {
    const root = folder();
    const path = join(root, 'odd');
    if (what === 'pipe') execFileSync('mkfifo', [path]);
    else await new Promise<void>((done) => openedSocket(path, done));
    await expect(keysOf(root)).rejects.toMatchObject({
      code: 'UNSAFE_PATH',
      message: expect.stringContaining('"odd"'),
    });
    await expect(openFileStore({ path })).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
  });

  it('in place of a file that was listed is never opened', async () => {
    const root = folder();
    write(root, { a: '' });
    const store = await openFileStore({ path: root });
    const [object] = await listObjects(store);
    rmSync(join(root, 'a'));
    execFileSync('mkfifo', [join(root, 'a')]);
    await expect(store.localPath(object!)).rejects.toMatchObject({ code: 'OBJECT_CHANGED' });
    rmSync(join(root, 'a'));
    await expect(store.localPath(object!)).rejects.toMatchObject({ code: 'OBJECT_CHANGED' });
  });

  it('such as a name that is no UTF-8 is refused', async () => {
    const root = folder();
    writeFileSync(Buffer.concat([Buffer.from(`${root}/a`), Buffer.from([0xff])]), '');
    await expect(keysOf(root)).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
  });
});

function openedSocket(path: string, done: () => void): void {
  const server = createServer().listen(path, done);
  onTestFinished(() => void server.close());
}
