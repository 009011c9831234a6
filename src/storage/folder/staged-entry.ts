// What is known of one file in staging, of this pull or left by an earlier one.
import type { Stats } from 'node:fs';
import type { Checksums, StoredObject } from '../object-store.ts';
import type { StagedPart } from './staging.ts';

export interface StagedEntry {
  /** Its name in staging: never one made out of a key. */
  readonly number: number;
  readonly path: string; // below the target folder
  object: ObjectName;
  /** What is there and recorded. */
  parts: StagedPart[];
  completed: CompletedFile | null;
  /** The completed file is on the disk itself, not only in the page cache: it outlives a power cut. */
  synced: boolean;
}

/** What an object is recognised by in a later pull. */
export type ObjectName = Pick<StoredObject, 'key' | 'version' | 'bytes'>;

interface CompletedFile {
  readonly checksums: Checksums;
  readonly stamp: FileStamp;
  /** It was placed by an earlier pull and is still as that one left it. */
  readonly inPlace: boolean;
}

/** A rename changes none of these, a write does. */
export interface FileStamp {
  readonly bytes: number;
  readonly mtimeMs: number;
  readonly inode: number;
}

export function stampOf(stats: Stats): FileStamp {
  return { bytes: stats.size, mtimeMs: stats.mtimeMs, inode: stats.ino };
}

export function isSameStamp(one: FileStamp, other: FileStamp): boolean {
  return one.bytes === other.bytes && one.mtimeMs === other.mtimeMs && one.inode === other.inode;
}

/** Are these the very same bytes in the store? Never, when nothing pins them. */
export function isSameObject(one: ObjectName, other: ObjectName): boolean {
  return one.version !== null && one.version === other.version && one.key === other.key && one.bytes === other.bytes;
}
