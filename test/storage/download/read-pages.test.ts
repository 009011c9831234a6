import { describe, expect, it } from 'vitest';
import { readPages } from '../../../src/storage/download/read-pages.ts';

async function collect<Page>(pages: AsyncIterable<Page>): Promise<Page[]> {
  const found: Page[] = [];
  for await (const page of pages) found.push(page);
  return found;
}

describe('pages that are wanted', () => {
  it('come as they are, and so does what they throw', async () => {
    async function* pages() {
      yield 1;
      yield 2;
      throw new Error('the third is denied');
    }
    const { signal } = new AbortController();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const page of readPages(pages(), signal)) seen.push(page);
    })();
    await expect(reading).rejects.toThrow('the third is denied');
    expect(seen).toEqual([1, 2]);
  });

  it('end at once while a page is being asked for', async () => {
    const ending = new AbortController();
    async function* pages() {
      yield 1;
      setImmediate(() => ending.abort());
      await new Promise(() => undefined); // a store that stalls for good
    }
    expect(await collect(readPages(pages(), ending.signal))).toEqual([1]);
  });

  it('are told when nobody reads on', async () => {
    let closed = false;
    async function* pages() {
      try {
        yield 1;
        yield 2;
      } finally {
        closed = true;
      }
    }
    for await (const _ of readPages(pages(), new AbortController().signal)) break;
    expect(closed).toBe(true);
  });
});
