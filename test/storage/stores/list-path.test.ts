// Does a path mean the one object of its name, or else the folder below it, and nothing beside?
import { describe, expect, it } from 'vitest';
import type { StoredObject } from '../../../src/storage/object-store.ts';
import { listPath } from '../../../src/storage/stores/list-path.ts';
import { wantedFiles } from '../../../src/storage/uri/wanted-files.ts';

const denied = new Error('denied');

describe('what stands at a path', () => {
  it('is the object of that name, also where nothing may be listed', async () => {
    expect(await keysOf('m', { m: 11 }, 'no lists')).toEqual(['m']);
    expect(await keysOf('m', { m: 11, 'm/x': 1 })).toEqual(['m']);
  });

  it('is the folder below it', async () => {
    expect(await keysOf('m', { 'm-2/x': 1, 'm/x': 1, 'm/y': 1 })).toEqual(['m/x', 'm/y']);
    expect(await keysOf('', { a: 1, 'b/c': 1 })).toEqual(['a', 'b/c']);
  });

  it('is both where the object is empty, as it may stand for the folder', async () => {
    expect(await keysOf('m', { m: 0, 'm/x': 1 })).toEqual(['m', 'm/x']);
    expect(await pathsOf('m', { m: 0, 'm/x': 1 })).toEqual(['x']);
    expect(await pathsOf('m', { m: 0 })).toEqual(['m']);
  });

  it('is not known where neither may be looked at', async () => {
    await expect(keysOf('m', {}, 'no lists')).rejects.toBe(denied);
  });
});

describe('a listing', () => {
  /** Notes what the store is asked, and until when. */
  function noted(path: string) {
    const asked: string[] = [];
    const signals: AbortSignal[] = [];
    async function* pages(prefix: string, signal: AbortSignal): AsyncGenerator<readonly StoredObject[]> {
      asked.push(`list ${prefix}`);
      signals.push(signal);
      yield* [[], []];
    }
    const look = async (key: string, signal: AbortSignal) => {
      asked.push(`look ${key}`);
      signals.push(signal);
      return null;
    };
    return { asked, signals, listing: listPath({ path, look, pages, signal: new AbortController().signal }) };
  }

  it('of a folder begins while the object is still looked for', async () => {
    const { asked, listing } = noted('m');
    const first = listing.next();
    expect(asked).toEqual(['look m', 'list m/']);
    await first;
  });

  it('looks for no object whose name ends like that of a folder', async () => {
    for (const [path, prefix] of [
      ['m/', 'm/'],
      ['', ''],
    ]) {
      const { asked, listing } = noted(path as string);
      await listing.next();
      expect(asked).toEqual([`list ${prefix}`]);
    }
  });

  it('leaves nothing behind that still asks the store', async () => {
    const { signals, listing } = noted('m');
    await listing.next();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
    await listing.return(undefined);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });
});

type Sizes = Readonly<Record<string, number>>;

/** A store with these keys, in pages of one. */
function list(path: string, sizes: Sizes, lists: 'lists' | 'no lists'): AsyncGenerator<readonly StoredObject[]> {
  const objects = Object.entries(sizes).map(
    ([key, bytes]): StoredObject => ({
      ...{ key, bytes, version: '"v"', checksums: {}, partBytes: null },
      ...{ ranges: true, contentEncoding: null },
    }),
  );
  async function* pages(prefix: string): AsyncGenerator<readonly StoredObject[]> {
    if (lists === 'no lists') throw denied;
    for (const object of objects) if (object.key.startsWith(prefix)) yield [object];
  }
  const look = async (key: string) => objects.find((object) => object.key === key) ?? null;
  return listPath({ path, look, pages, signal: new AbortController().signal });
}

async function keysOf(path: string, sizes: Sizes, lists: 'lists' | 'no lists' = 'lists'): Promise<string[]> {
  const found: string[] = [];
  for await (const page of list(path, sizes, lists)) found.push(...page.map(({ key }) => key));
  return found;
}

async function pathsOf(path: string, sizes: Sizes): Promise<string[]> {
  const wanted = { shownUri: 'x://y', path, patterns: { allow: [], ignore: [] }, limits: { maxFiles: 9 } };
  const found: string[] = [];
  for await (const page of wantedFiles(list(path, sizes, 'lists'), wanted))
    found.push(...page.map((file) => file.path));
  return found;
}
