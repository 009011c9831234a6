// Which listed objects become files? The rules of KServe's storage initializer, without its gaps.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredObject } from '../../../src/storage/object-store.ts';
import { type Wanted, wantedFiles } from '../../../src/storage/uri/wanted-files.ts';
import { seed } from '../../support/seed.ts';

describe('an object whose key is the path', () => {
  it('is the model, under its base name, and nothing beside it', async () => {
    expect(await chosen('a/m.bin', ['a/m.bin', 'a/m.bin.bak', 'a/m.bin/x'])).toEqual(['m.bin']);
  });

  it('ends the list', async () => {
    const pages = { asked: 0, closed: false };
    async function* list(): AsyncGenerator<StoredObject[]> {
      try {
        for (const key of ['a-1', 'a', 'a/b']) {
          pages.asked++;
          yield [stored(key)];
        }
      } finally {
        pages.closed = true;
      }
    }
    expect(await pathsOf(list(), wanted('a-1'))).toEqual(['a-1']);
    expect(pages).toEqual({ asked: 1, closed: true });
  });

  it('is not filtered', async () => {
    expect(await chosen('a/m.bin', ['a/m.bin'], { patterns: { allow: ['*.json'], ignore: ['*'] } })).toEqual(['m.bin']);
  });

  it('may be empty, or of unknown size', async () => {
    expect(await chosen('a/m', ['a/m=0', 'a/m-2'])).toEqual(['m']);
    expect(await chosen('m', ['m=?'])).toEqual(['m']);
  });

  it('is a folder where it is empty and something stands below it', async () => {
    expect(await chosen('a', ['a=0', 'a-2', 'a/x'])).toEqual(['x']);
    expect(await chosen('a', ['a=0', 'a/x=0'])).toEqual(['x']);
  });

  it.each(['..', 'a/..', '.outrigger', `x/SUCCESS.${'a'.repeat(64)}`, 'a\\b'])('is refused as %s', async (path) => {
    await expect(chosen(path, [path])).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
  });

  it('that comes after what stands below it shows a store whose list cannot be trusted', async () => {
    await expect(chosen('a', ['a/x', 'a'])).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });
});

describe('a folder', () => {
  it('has what stands below it, relative to it, in the order of the list', async () => {
    expect(await chosen('a', ['a/1/m', 'a/b/c/d', 'a/x'])).toEqual(['1/m', 'b/c/d', 'x']);
  });

  it('never has what only begins like it', async () => {
    expect(await chosen('a', ['a-hf/x', 'a.bak', 'a/x', 'ab/x', 'b/a/x'])).toEqual(['x']);
  });

  it('is all there is when the path is empty', async () => {
    expect(await chosen('', ['a', 'b/c'])).toEqual(['a', 'b/c']);
  });

  it('has no file for keys that end in "/", whatever their size', async () => {
    expect(await chosen('a', ['a/=0', 'a/b/=0', 'a/b/x', 'a/c/=11', 'a//=0'])).toEqual(['b/x']);
  });

  it('has no file for an empty object that something stands below, also if that is left out itself', async () => {
    expect(await chosen('a', ['a/b=0', 'a/b.txt', 'a/b/x'])).toEqual(['b.txt', 'b/x']);
    expect(await chosen('a', ['a/b=0', 'a/b/=0', 'a/x'])).toEqual(['x']);
    expect(await chosen('a', ['a/b=0', 'a/b/c=0', 'a/b/c/x'])).toEqual(['b/c/x']);
    expect(await chosen('a', ['a/b=0', 'a/b/x', 'a/y'], { patterns: { allow: [], ignore: ['b/*'] } })).toEqual(['y']);
    expect(await chosen('a', ['a/b/x', 'a/b=0'])).toEqual(['b/x']);
  });

  it('keeps empty files, at the end', async () => {
    expect(await chosen('a', ['a/__init__.py=0', 'a/x', 'a/z=0'])).toEqual(['x', '__init__.py', 'z']);
    expect(await chosen('a', ['a/__init__.py=0'])).toEqual(['__init__.py']);
  });

  it('is filtered by the path below it', async () => {
    const keys = ['a/config.json', 'a/m.bin', 'a/onnx/m.onnx', 'a/empty.json=0'];
    const patterns = { allow: ['*.json', 'onnx/*'], ignore: ['a/*'] };
    expect(await chosen('a', keys, { patterns })).toEqual(['config.json', 'onnx/m.onnx', 'empty.json']);
  });

  it('gives pages as they come', async () => {
    const told: string[] = [];
    async function* list(): AsyncGenerator<StoredObject[]> {
      for (const key of ['a/1', 'b', 'a/2']) {
        told.push(`listed ${key}`);
        yield [stored(key)];
      }
    }
    for await (const page of wantedFiles(list(), wanted('a'))) told.push(`got ${page.map(({ path }) => path).join()}`);
    expect(told).toEqual(['listed a/1', 'got 1', 'listed b', 'listed a/2', 'got 2']);
  });
});

describe('nothing is kept', () => {
  it.each([
    ['nothing there', 'a', []],
    ['a sibling only', 'a', ['ab', 'a-2/x']],
    ['another case only', 'a', ['A/x']],
    ['folders only', 'a', ['a/=0', 'a/b/=0']],
    ['a folder that holds a folder', 'a', ['a=0', 'a/=0']],
    ['an empty bucket', '', []],
  ])('of %s', async (_, path, keys) => {
    await expect(chosen(path, keys)).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      message: expect.stringMatching(/^s3:\/\/shown/),
    });
  });

  it('when patterns leave nothing, and says so', async () => {
    const patterns = { allow: ['*.onnx'], ignore: [] };
    const failure = {
      code: 'MODEL_NOT_FOUND',
      message: expect.stringMatching(/--allow-patterns.* STORAGE_ALLOW_PATTERNS/),
    };
    await expect(chosen('a', ['a/x'], { patterns })).rejects.toMatchObject(failure);
  });

  it.each([
    ['a key above', ['a/x', 'a/../y']],
    ['an absolute key', ['a//etc/passwd']],
    ['an empty name', ['a/b//c']],
    ['an empty file outside', ['a/../y=0']],
    ['our marker', [`a/SUCCESS.${'0'.repeat(64)}`]],
    ['the same key twice', ['a/x', 'a/x']],
    ['the same empty key twice', ['a/x=0', 'a/x=0']],
    ['the same key, once empty', ['a/x=0', 'a/x']],
    ['a file that is a folder', ['a/b', 'a/b/c']],
    ['a folder that is a file', ['a/b/c/d', 'a/b']],
    ['a file that is a folder deep below', ['a/b', 'a/b/c/d/e']],
  ])('of %s', async (_, keys) => {
    await expect(chosen('a', keys)).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
  });

  it('of hostile keys, unless a pattern leaves them out', async () => {
    const patterns = { allow: [], ignore: ['..*', 'b/*'] };
    expect(await chosen('a', ['a/../y', 'a/b', 'a/b/c'], { patterns })).toEqual(['b']);
  });

  it('beyond the limit of files', async () => {
    const limits = { maxFiles: 2 };
    expect(await chosen('a', ['a/1', 'a/2', 'a/3/'], { limits })).toEqual(['1', '2']);
    expect(await chosen('a', ['a/1=0', 'a/1/x', 'a/2'], { limits })).toEqual(['1/x', '2']);
    for (const keys of [
      ['a/1', 'a/2', 'a/3'],
      ['a/1=0', 'a/2=0', 'a/3=0'],
      ['a/1', 'a/2', 'a/3=0'],
    ]) {
      await expect(chosen('a', keys, { limits })).rejects.toMatchObject({ code: 'PULL_TOO_LARGE' });
    }
  });

  it('when a later page fails', async () => {
    async function* list(): AsyncGenerator<StoredObject[]> {
      yield [stored('a/x')];
      throw new Error('page two');
    }
    await expect(pathsOf(list(), wanted('a'))).rejects.toThrow('page two');
  });
});

it('of any bucket in order, what is chosen is each file below the path once, and never a folder', async () => {
  const name = fc.constantFrom('a', 'b', 'a-', 'a.b', 'ab', 'c');
  const key = fc.tuple(fc.array(name, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '', '', '/'));
  const keys = fc.uniqueArray(
    key.map(([names, end]) => names.join('/') + end),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(keys, fc.nat(3), async (found, pageSize) => {
      const isFolder = (path: string): boolean => found.some((other) => other.startsWith(`${path}/`));
      const ordered = [...found].sort().map((path) => (isFolder(path) || path.endsWith('/') ? `${path}=0` : path));
      const below = found.filter((path) => path.startsWith('a/') && !path.endsWith('/') && !isFolder(path));
      const expected = found.includes('a') && !isFolder('a') ? ['a'] : below.map((path) => path.slice(2)).sort();
      const paths = await pathsOf(pagesOf(ordered.map(stored), pageSize + 1), wanted('a')).catch(({ code }) => code);
      expect(Array.isArray(paths) ? paths.sort() : paths).toEqual(expected.length > 0 ? expected : 'MODEL_NOT_FOUND');
    }),
    { seed, numRuns: 500 },
  );
});

/** `key=0` is empty, `key=?` of unknown size, others have eleven bytes. */
function stored(text: string): StoredObject {
  const [, key = '', size = '11'] = /^(.*?)(?:=(\d+|\?))?$/.exec(text) ?? [];
  const bytes = size === '?' ? null : Number(size);
  return {
    key,
    bytes,
    version: '"v"',
    checksums: {},
    partBytes: null,
    contentEncoding: null,
  } as unknown as StoredObject;
}

function wanted(path: string, more: Partial<Wanted> = {}): Wanted {
  return { shownUri: 's3://shown', path, patterns: { allow: [], ignore: [] }, limits: { maxFiles: 1_000 }, ...more };
}

async function* pagesOf(objects: readonly StoredObject[], size: number): AsyncGenerator<StoredObject[]> {
  for (let at = 0; at < objects.length; at += size) yield objects.slice(at, at + size);
}

/** What becomes of such a list, in pages of two. */
function chosen(path: string, keys: readonly string[], more: Partial<Wanted> = {}): Promise<string[]> {
  return pathsOf(pagesOf(keys.map(stored), 2), wanted(path, more));
}

async function pathsOf(pages: AsyncIterable<readonly StoredObject[]>, model: Wanted): Promise<string[]> {
  const paths: string[] = [];
  for await (const page of wantedFiles(pages, model)) {
    for (const { object, path } of page) {
      expect(object.key.endsWith(path)).toBe(true);
      paths.push(path);
    }
  }
  return paths;
}
