// One object into a bucket without ever replacing another: the same id twice is two objects, the same content twice is one.
import { PutFailure, type WritableStore } from '../../storage/object-store.ts';
import type { ObjectContent } from './object-format.ts';
import { suffixOf } from './object-name.ts';

/** Of a store that knows no condition (RFC 9110 15.6.2). */
const notImplemented = 501;

export interface NamedContent extends ObjectContent {
  /** Of the key, without its extension. */
  readonly name: string;
}

/** @throws PutFailure, or the reason of `signal` */
export async function putNew(store: WritableStore, object: NamedContent, signal: AbortSignal): Promise<void> {
  const { name, extension, body, contentType } = object;
  try {
    const plain = { key: `${name}.${extension}`, body, contentType, ifAbsent: true };
    if ((await store.put(plain, signal)) === 'stored') return;
    await store.put({ ...plain, key: suffixed(object) }, signal); // if it is there, it is this one
  } catch (error) {
    if (!(error instanceof PutFailure) || error.status !== notImplemented) throw error;
    await store.put({ key: suffixed(object), body, contentType, ifAbsent: false }, signal);
  }
}

function suffixed({ name, extension, body }: NamedContent): string {
  return `${name}-${suffixOf(body)}.${extension}`;
}
