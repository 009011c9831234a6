// A range of a file that one connection fetches: how far it is, what was computed over it, where it ends.
import { writeSync } from 'node:fs';
import type { CombinableAlgorithm, RunningChecksum } from '../checksum/verification.ts';
import type { ByteRange, ChecksumAlgorithm, Checksums } from '../object-store.ts';
import type { FileDownload } from './file-download.ts';

/** Running sums over one part. */
export interface PartSums {
  readonly crcs: readonly (readonly [CombinableAlgorithm, RunningChecksum])[];
  readonly hashes: readonly (readonly [ChecksumAlgorithm, RunningChecksum])[];
}

export class Part {
  readonly file: FileDownload;
  readonly epoch: number;
  readonly first: number;
  /** Inclusive. Becomes smaller when another connection takes over the rest. */
  last: number;
  /** The first byte that is missing. */
  next: number;
  /** Attempts in a row that brought nothing. */
  failures = 0;
  renewals = 0;
  #sums: PartSums | null = null;

  constructor(file: FileDownload, { first, last }: ByteRange) {
    this.file = file;
    this.epoch = file.epoch;
    this.first = first;
    this.last = last;
    this.next = first;
  }

  /** The file was begun anew meanwhile. */
  get stale(): boolean {
    return this.epoch !== this.file.epoch;
  }

  get done(): boolean {
    return this.next > this.last;
  }

  /** Null: the whole object by a plain GET, whose head has more to say. */
  get range(): ByteRange | null {
    return this.file.whole ? null : { first: this.next, last: this.last };
  }

  /** A stream without ranges begins at the beginning each time. */
  rewind(): void {
    this.next = this.first;
    this.#sums = null;
  }

  /** To its place on disk, and through the sums. Takes no byte beyond `last`. @throws what the file system throws */
  take(chunk: Uint8Array): void {
    const bytes = chunk.length <= this.last - this.next + 1 ? chunk : chunk.subarray(0, this.last - this.next + 1);
    this.#sums ??= this.file.startSums();
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(this.file.staged.fd, bytes, written, bytes.length - written, this.next + written);
    }
    for (const [, crc] of this.#sums.crcs) crc.update(bytes);
    for (const [, hash] of this.#sums.hashes) hash.update(bytes);
    this.next += bytes.length;
  }

  /** The answer ended where its own framing says: an object of unknown size is whole. */
  endHere(): void {
    this.last = this.next - 1;
  }

  crcValues(): Partial<Record<CombinableAlgorithm, string>> {
    this.#sums ??= this.file.startSums(); // of no bytes
    return Object.fromEntries(this.#sums.crcs.map(([name, crc]) => [name, crc.value()]));
  }

  hashValues(): Checksums {
    return Object.fromEntries((this.#sums?.hashes ?? []).map(([name, hash]) => [name, hash.value()]));
  }

  /** The rest from `from` on, for another connection. */
  splitAt(from: number): Part {
    const rest = new Part(this.file, { first: from, last: this.last });
    this.last = from - 1;
    return rest;
  }
}
