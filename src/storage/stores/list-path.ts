// What stands at a path of a store: the one object of that name, or else the folder below it (KServe's storage initializer).
import type { StoredObject } from '../object-store.ts';

export interface PathListing {
  readonly path: string; // '' is the whole bucket
  /** Null: no such object. */
  look(key: string, signal: AbortSignal): Promise<StoredObject | null>;
  pages(prefix: string, signal: AbortSignal): AsyncIterable<readonly StoredObject[]>;
  readonly signal: AbortSignal;
}

/**
 * The folder is listed while the object is still looked for, so that it costs no round trip. Siblings (`path-2/`) are never
 * listed. A signature for one object may not list: nobody minds when that object is there.
 */
export async function* listPath(listing: PathListing): AsyncGenerator<readonly StoredObject[]> {
  const { path, signal } = listing;
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  try {
    const exact = path === '' || path.endsWith('/') ? null : listing.look(path, either);
    const pages = listing.pages(exact === null ? path : `${path}/`, either)[Symbol.asyncIterator]();
    const first = pages.next();
    first.catch(() => undefined); // it is awaited below, unless nobody needs it any more
    const object = await exact;
    if (object !== null) {
      yield [object];
      if (object.bytes !== 0) return; // an empty one may stand for the folder: what is below it decides (uri/wanted-files.ts)
    }
    for (let page = await first; !page.done; page = await pages.next()) yield page.value;
  } finally {
    over.abort();
  }
}
