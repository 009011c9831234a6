import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { copyFiles } from '../../../src/storage/download/copy-local.ts';
import { startProgress } from '../../../src/storage/download/progress.ts';
import { openStaging } from '../../../src/storage/folder/open-staging.ts';
import { openFileStore } from '../../../src/storage/stores/file/file-store.ts';
import type { WantedFile } from '../../../src/storage/uri/wanted-files.ts';

interface Scene {
  readonly source: string;
  readonly target: string;
}

function scene(files: Readonly<Record<string, string | Buffer>>): Scene {
  const root = mkdtempSync(join(tmpdir(), 'outrigger-copy-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const source = join(root, 'source');
  mkdirSync(source);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(source, name), content);
  return { source, target: join(root, 'target') };
}

interface Copying {
  /** Between the list and the first copy. */
  readonly listed?: () => void;
  readonly signal?: AbortSignal;
  readonly progress?: ReturnType<typeof startProgress>;
  /** Instead of the disk's. */
  readonly freeBytes?: number;
}

async function copy(
  { source, target }: Scene,
  { listed, signal, progress = startProgress(), freeBytes }: Copying = {},
) {
  const never = new AbortController().signal;
  await using staging = await openStaging({ target, spec: { storageUri: 'file:///source' } });
  if (freeBytes !== undefined) staging.freeBytes = async () => freeBytes;
  await using store = await openFileStore({ path: source });
  async function* pages(): AsyncGenerator<readonly WantedFile[]> {
    for await (const page of store.list(never)) {
      listed?.();
      yield page.map((object) => ({ object, path: object.key }));
    }
  }
  await copyFiles(pages(), { shownUri: 'file:///source', store, staging, progress, signal: signal ?? never });
  await staging.publish();
  return progress;
}

describe('files that are here', () => {
  it('are copied whole, empty ones too, and the figures say so', async () => {
    const at = scene({ large: Buffer.alloc(2_500_000, 'x'), empty: '' });
    const progress = await copy(at);
    expect(readFileSync(join(at.target, 'large')).equals(Buffer.alloc(2_500_000, 'x'))).toBe(true);
    expect(readFileSync(join(at.target, 'empty')).length).toBe(0);
    expect(progress).toMatchObject({
      listing: false,
      listedFiles: 2,
      doneFiles: 2,
      listedBytes: 2.5e6,
      doneBytes: 2.5e6,
    });
  });

  it('are not begun without room for all of them', async () => {
    const at = scene({ a: Buffer.alloc(60_000), b: Buffer.alloc(60_000) });
    const progress = startProgress();
    const message = 'file:///source: at least 120000 bytes (1 MiB) are needed in the target folder, 100000 are free';
    await expect(copy(at, { progress, freeBytes: 100_000 })).rejects.toMatchObject({
      code: 'DISK_FULL',
      message: expect.stringContaining(message),
    });
    expect(progress.doneBytes).toBe(0);
  });

  it('are not copied twice', async () => {
    const at = scene({ a: 'one', b: 'two' });
    await copy(at);
    writeFileSync(join(at.source, 'b'), 'newer');
    expect(await copy(at)).toMatchObject({ keptBytes: 3, fetchedBytes: 5, doneBytes: 8 });
    expect(readFileSync(join(at.target, 'b'), 'utf8')).toBe('newer');
  });

  it.each([
    ['grow after the list', (file: string) => appendFileSync(file, 'more')],
    ['shrink after the list', (file: string) => writeFileSync(file, '')],
    ['are gone after the list', unlinkSync],
    [
      'become folders',
      (file: string) => {
        unlinkSync(file);
        mkdirSync(file);
      },
    ],
  ])('and %s end the pull with OBJECT_CHANGED, by name', async (_, change) => {
    const at = scene({ weights: 'four' });
    const copying = copy(at, { listed: () => change(join(at.source, 'weights')) });
    await expect(copying).rejects.toMatchObject({
      code: 'OBJECT_CHANGED',
      message: expect.stringContaining('weights'),
    });
  });

  it('and are written to while they are copied end the pull with OBJECT_CHANGED', async () => {
    const at = scene({ weights: Buffer.alloc(3_000_000) });
    const progress = startProgress();
    const copying = copy(at, { progress });
    const write = setInterval(() => {
      if (progress.doneBytes === 0) return;
      writeFileSync(join(at.source, 'weights'), Buffer.alloc(3_000_000, 'y'));
      clearInterval(write);
    }, 0);
    onTestFinished(() => clearInterval(write));
    await expect(copying).rejects.toMatchObject({ code: 'OBJECT_CHANGED' });
  });

  it('and become links out of the folder end it with UNSAFE_PATH', async () => {
    const at = scene({ weights: 'four' });
    const link = () => {
      unlinkSync(join(at.source, 'weights'));
      symlinkSync('/etc/passwd', join(at.source, 'weights'));
    };
    await expect(copy(at, { listed: link })).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
  });

  it('are copied no further after a cancel, within one file', async () => {
    const at = scene({ weights: Buffer.alloc(8_000_000) });
    const ending = new AbortController();
    const progress = startProgress();
    const copying = copy(at, { progress, signal: ending.signal });
    const watch = setInterval(() => progress.doneBytes > 0 && ending.abort(), 0);
    onTestFinished(() => clearInterval(watch));
    await expect(copying).rejects.toMatchObject({ code: 'PULL_CANCELLED' });
    expect(progress.doneBytes).toBeLessThan(8_000_000);
  });
});
