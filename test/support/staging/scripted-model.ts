// A model whose bytes follow from names and versions, so that whoever reads a file can tell whether it is whole.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '../../../src/storage/folder/manifest.ts';
import type { StagedFile, Staging } from '../../../src/storage/folder/staging.ts';
import type { Checksums, StoredObject } from '../../../src/storage/object-store.ts';

export const partBytes = 2_000;

/** It is gone at the end of its block. */
export class TargetFolder implements Disposable {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'outrigger-staging-')));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export function objectOf(key: string, version: string | null = 'v1', bytes = 700): StoredObject {
  return { key, bytes, version, checksums: {}, partBytes: null, ranges: true, contentEncoding: null };
}

export function contentOf({ key, version, bytes }: Pick<StoredObject, 'key' | 'version' | 'bytes'>): Buffer {
  const digest = createHash('sha256').update(`${key} ${version}`).digest();
  return Buffer.alloc(bytes ?? 0, digest);
}

export function checksumsOf(bytes: Uint8Array): Checksums {
  return { sha256: createHash('sha256').update(bytes).digest('base64') };
}

/** In parts where it is larger than one; `said` hears of what is fetched, kept and complete. */
export async function fetchInto(staged: StagedFile, object: StoredObject, said?: (word: string) => void) {
  const content = contentOf(object);
  staged.allocate(content.length);
  for (let first = 0; first < content.length; first += partBytes) {
    if (staged.parts.some((part) => part.first === first)) continue;
    said?.(`fetch ${first}`);
    const last = Math.min(first + partBytes, content.length) - 1;
    writeSync(staged.fd, content, first, last - first + 1, first);
    if (content.length <= partBytes) continue;
    staged.keep({ first, last, crcs: { crc32c: 'AAAAAA==' } });
    said?.(`keep ${first}`);
  }
  await staged.complete(checksumsOf(content));
  said?.('complete');
  staged.close();
}

/** Stages them under their keys. Resolves with those that had to be fetched. */
export async function stage(staging: Staging, objects: readonly StoredObject[]): Promise<string[]> {
  const fetched: string[] = [];
  for (const object of objects) {
    const staged = await staging.open({ path: object.key, object });
    if (staged === null) continue;
    fetched.push(object.key);
    await fetchInto(staged, object);
  }
  return fetched;
}

/** Paths whose bytes are not what the manifest's sources have. */
export function brokenFiles(target: string, { files }: Manifest): string[] {
  return files
    .filter(({ path, source }) => {
      try {
        return !readFileSync(join(target, path)).equals(contentOf(source));
      } catch {
        return true;
      }
    })
    .map(({ path }) => path);
}
