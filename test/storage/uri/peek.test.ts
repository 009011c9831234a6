import { describe, expect, it } from 'vitest';
import { peek } from '../../../src/storage/uri/peek.ts';
import type { WantedFile } from '../../../src/storage/uri/wanted-files.ts';
import { remoteObject } from '../../support/stores/file-under-way.ts';

const file = (path: string): WantedFile => ({ path, object: remoteObject({ key: path }) });

/** Which pages were asked for stands in `asked`. */
async function* pagesOf(pages: readonly (readonly string[])[], asked: number[]) {
  for (const [page, paths] of pages.entries()) {
    asked.push(page);
    yield paths.map(file);
  }
}

describe('a look at the first pages', () => {
  it.each([
    ['one file', [['a']], 'a', [0]],
    ['two files on one page', [['a', 'b'], ['c']], undefined, [0]],
    ['two files on two pages', [['a'], ['b'], ['c']], undefined, [0, 1]],
    ['no file', [], undefined, []],
  ] as const)('at %s knows whether it is one, and asks for no page too many', async (_, pages, only, pagesAsked) => {
    const asked: number[] = [];
    const peeked = await peek(pagesOf(pages, asked));
    expect(peeked.only?.path).toBe(only);
    expect(asked).toEqual(pagesAsked);
    const seen: string[] = [];
    for await (const page of peeked.pages) seen.push(...page.map(({ path }) => path));
    expect(seen).toEqual(pages.flat());
  });

  it('throws what the pages throw', async () => {
    async function* denied(): AsyncGenerator<readonly WantedFile[], void, undefined> {
      yield [file('a')];
      throw new Error('denied');
    }
    await expect(peek(denied())).rejects.toThrow('denied');
  });
});
