// What a complete model is, on disk and in memory: the files that were placed, where each came from, how it is recognised.
import type { Checksums } from '../object-store.ts';

export interface PlacedFile {
  /** Below the target folder, "/" between names; safe (uri/safe-path.ts). */
  readonly path: string;
  readonly bytes: number;
  /** Of the file as it was placed: it is looked at again without reading a byte. */
  readonly mtimeMs: number;
  /** Computed by us, and equal to the store's where the store said one; at least one. */
  readonly checksums: Checksums;
  /** Of the object it came from; members of an archive have the archive's. */
  readonly source: { readonly key: string; readonly version: string | null; readonly bytes: number | null };
}

/** The content of a marker: the spec's own JSON, and beside it what we know. Go's agent reads the first and skips the rest. */
export interface Manifest {
  /** What was asked for, without secrets, such as {storageUri: "s3://bucket/path"}. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly files: readonly PlacedFile[];
}
