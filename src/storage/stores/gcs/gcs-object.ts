// One object as the JSON API describes it: names of fields, and what they mean to us. Pure.
import { readGoogHash } from '../../checksum/header-checksums.ts';
import type { AnswerHeaders, Checksums, StoredObject } from '../../object-store.ts';

export const objectFields = 'name,size,generation,md5Hash,crc32c,contentEncoding';

/** Null: no description of an object. Composite objects have no md5Hash; both sums are of the bytes as they are stored. */
export function readObject(row: unknown): StoredObject | null {
  if (typeof row !== 'object' || row === null) return null;
  const { name, size, generation, md5Hash, crc32c, contentEncoding } = row as Record<string, unknown>;
  const bytes = Number(size ?? Number.NaN);
  if (typeof name !== 'string' || !Number.isSafeInteger(bytes) || bytes < 0) return null;
  return {
    key: name,
    bytes,
    version: generation === undefined ? null : String(generation),
    checksums: { ...sum('md5', md5Hash), ...sum('crc32c', crc32c) },
    partBytes: null,
    ranges: true,
    contentEncoding: contentEncoding === 'gzip' ? 'gzip' : null,
  };
}

export interface ObjectPage {
  readonly objects: readonly StoredObject[];
  readonly nextPageToken: string | null;
}

/** Null: no answer to a list. */
export function readPage(answer: unknown): ObjectPage | null {
  if (typeof answer !== 'object' || answer === null) return null;
  const { items = [], nextPageToken = null } = answer as Record<string, unknown>;
  if (!Array.isArray(items) || (nextPageToken !== null && typeof nextPageToken !== 'string')) return null;
  const objects = items.map(readObject);
  if (objects.includes(null)) return null;
  return { objects: objects as StoredObject[], nextPageToken: nextPageToken === '' ? null : nextPageToken };
}

/** `x-goog-hash: crc32c=..., md5=...`: of the whole object, also on a range of it. */
export function withHashes(object: StoredObject, headers: AnswerHeaders): StoredObject {
  return { ...object, checksums: { ...readGoogHash(headers.get('x-goog-hash') ?? ''), ...object.checksums } };
}

function sum(algorithm: 'md5' | 'crc32c', value: unknown): Checksums {
  return typeof value === 'string' && value !== '' ? { [algorithm]: value } : {};
}
