// Pages of a list, for as long as somebody wants them: a store that stalls in the middle of one keeps nobody waiting.
import { whileWanted } from './while-wanted.ts';

/** Ends when the pages do, or at once when `signal` fires, whatever the store is doing. @throws what the pages throw */
export async function* readPages<Page>(
  pages: AsyncIterable<Page>,
  signal: AbortSignal,
): AsyncGenerator<Page, void, undefined> {
  const reading = pages[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const next = await whileWanted(reading.next(), signal);
      ended = next?.done === true;
      if (next === null || next.done === true) return;
      yield next.value;
    }
  } finally {
    // Not awaited: it waits for a page that is being asked for.
    if (!ended) reading.return?.().catch(() => undefined);
  }
}
