// What a pull and its hash thread say to each other. A file has a number of its own, used once.
import type { Checksums } from '../object-store.ts';
import type { SequentialAlgorithm } from './sequential-hash.ts';

export interface HashJob {
  readonly path: string;
  readonly algorithms: readonly SequentialAlgorithm[];
  /** Of the whole file: the answer comes when so many are hashed. */
  readonly bytes: number;
}

export type ToHashWorker =
  | { readonly kind: 'open'; readonly file: number; readonly job: HashJob; readonly upToBytes: number }
  | { readonly kind: 'advance'; readonly file: number; readonly upToBytes: number }
  | { readonly kind: 'close'; readonly file: number };

/** One for each file that was opened and not closed. */
export type FromHashWorker =
  | { readonly file: number; readonly checksums: Checksums }
  | { readonly file: number; readonly failure: string };
