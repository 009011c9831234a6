// Is a model one file? Known as soon as a second one is listed, and not later.
import type { WantedFile } from './wanted-files.ts';

export interface Peeked {
  /** All of them, the first ones included. */
  readonly pages: AsyncIterable<readonly WantedFile[]>;
  /** The only file; null: there are several. */
  readonly only: WantedFile | null;
}

/** Reads one page, and the next one only if the first has a single file. @throws what the pages throw */
export async function peek(pages: AsyncGenerator<readonly WantedFile[], void, undefined>): Promise<Peeked> {
  const first = await pages.next();
  if (first.done === true) return { pages, only: null };
  const [only, another] = first.value;
  if (only === undefined || another !== undefined) return { pages: from([first.value], pages), only: null };
  const second = await pages.next();
  if (second.done === true) return { pages: from([first.value], pages), only };
  return { pages: from([first.value, second.value], pages), only: null };
}

async function* from(read: readonly (readonly WantedFile[])[], rest: AsyncIterable<readonly WantedFile[]>) {
  yield* read;
  yield* rest;
}
