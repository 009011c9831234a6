// One file under way: which of its bytes are here, what is computed over them, whether they are what the store says it has.
import { combineCrcs } from '../checksum/combine-crc.ts';
import type { FileHash, HashThread } from '../checksum/hash-thread.ts';
import { runningCrc } from '../checksum/running-crc.ts';
import { sequentialHash } from '../checksum/sequential-hash.ts';
import type { CombinableAlgorithm, VerificationPlan } from '../checksum/verification.ts';
import { mismatch, planVerification } from '../checksum/verification-plan.ts';
import type { StagedFile, StagedPart } from '../folder/staging.ts';
import type { ByteRange, Checksums, StoredObject } from '../object-store.ts';
import { Part, type PartSums } from './part.ts';
import { missingRanges, rangeBytes } from './range-plan.ts';

export interface FileDownloadParts {
  readonly staged: StagedFile;
  readonly object: StoredObject;
  readonly hashes: HashThread;
  /** Of the staged file: the hash thread reads it there. */
  readonly stagedPath: string;
  readonly partBytes: number;
}

export class FileDownload {
  readonly staged: StagedFile;
  readonly #parts: FileDownloadParts;
  #object: StoredObject;
  #plan: VerificationPlan;
  #done: StagedPart[] = [];
  #hash: FileHash | null = null;
  /** Bytes that count towards the file: those of finished parts. */
  #doneBytes = 0;
  /** The bytes come in one stream: the store serves no ranges, or the object is small, or nobody knows how large it is. */
  #whole: boolean;
  /** What was fetched before a restart has another epoch and counts no more. */
  epoch = 0;
  /** How often it was begun anew: because it changed, and because what came was wrong. */
  changes = 0;
  mismatches = 0;
  /** Its share of what is on disk, unfinished parts and those of earlier pulls included. */
  writtenBytes = 0;
  /** Of them, those that an earlier pull had brought. */
  keptBytes = 0;

  constructor(parts: FileDownloadParts) {
    this.#parts = parts;
    this.staged = parts.staged;
    this.#object = parts.object;
    this.#plan = planVerification(parts.object.checksums);
    this.#whole = !parts.object.ranges || parts.object.bytes === null || parts.object.bytes <= parts.partBytes;
  }

  get object(): StoredObject {
    return this.#object;
  }

  get whole(): boolean {
    return this.#whole;
  }

  /** The checksums may be known better before the first byte: those of a HEAD, or of the head of a whole answer. */
  describe(object: StoredObject): void {
    this.#object = object;
    this.#plan = planVerification(object.checksums);
  }

  /** Makes room, takes over what an earlier pull left, and says what has to be fetched. */
  begin(): readonly Part[] {
    const { bytes } = this.#object;
    if (bytes !== null) this.staged.allocate(bytes);
    this.writtenBytes = 0;
    this.keptBytes = 0;
    if (this.#whole || bytes === null) return [new Part(this, wholeRange(bytes))];
    this.#done = this.staged.parts.filter(({ crcs }) => this.#plan.combined.every((name) => crcs[name] !== undefined));
    this.#doneBytes = this.#done.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    this.writtenBytes = this.#doneBytes;
    this.keptBytes = this.#doneBytes;
    this.#openHash(bytes);
    const size = rangeBytes(this.#parts.partBytes, this.#object.partBytes);
    return missingRanges(this.#done, bytes, size).map((range) => new Part(this, range));
  }

  /** Over the bytes of one part, from its first on. */
  startSums(): PartSums {
    const crcs = this.#plan.combined.map((name) => [name, runningCrc(name)] as const);
    const hashes = this.#whole
      ? this.#plan.sequential.map((name) => [name, sequentialHash(name, this.#object.bytes ?? 0)] as const)
      : [];
    return { crcs, hashes };
  }

  #openHash(bytes: number): void {
    const { sequential } = this.#plan;
    if (sequential.length === 0) return;
    this.#hash = this.#parts.hashes.file({ path: this.#parts.stagedPath, algorithms: sequential, bytes });
    this.#hash.advance(this.#frontier());
  }

  /** From the beginning to here nothing is missing. */
  #frontier(): number {
    let next = 0;
    for (const { first, last } of this.#done) {
      if (first !== next) break;
      next = last + 1;
    }
    return next;
  }

  /** True: that was the last one. */
  partDone(part: Part): boolean {
    const staged: StagedPart = { first: part.first, last: part.next - 1, crcs: part.crcValues() };
    this.#doneBytes += part.next - part.first;
    this.#done.splice(insertionPoint(this.#done, staged.first), 0, staged);
    if (this.#whole) return true;
    this.staged.keep(staged);
    this.#hash?.advance(this.#frontier());
    return this.#doneBytes === this.#object.bytes;
  }

  /** What is wrong with it; null: it is what the store has. To be called after the last part. */
  async verify(last: Part | null): Promise<{ readonly wrong: string | null; readonly checksums: Checksums }> {
    const combined = this.#plan.combined.map((name) => [name, this.#combine(name)] as const);
    const sequential: Checksums =
      this.#whole && last !== null ? last.hashValues() : ((await this.#hash?.finish()) ?? {});
    const checksums: Checksums = { ...Object.fromEntries(combined), ...sequential };
    const { bytes } = this.#object;
    if (bytes !== null && bytes !== this.#doneBytes)
      return { wrong: `${this.#doneBytes} of ${bytes} bytes came`, checksums };
    const differing = mismatch(this.#object.checksums, checksums);
    return { wrong: differing === null ? null : `its ${differing} differs`, checksums };
  }

  #combine(name: CombinableAlgorithm): string {
    const parts = this.#done.map(({ first, last, crcs }) => ({ value: crcs[name] as string, bytes: last - first + 1 }));
    return combineCrcs(name, parts);
  }

  /** From nothing: it changed (`object` is what it is now), or came wrong. */
  restart(object: StoredObject): readonly Part[] {
    this.epoch += 1;
    this.#hash?.close();
    this.#hash = null;
    this.#done = [];
    this.#doneBytes = 0;
    this.#whole = !object.ranges || object.bytes === null || object.bytes <= this.#parts.partBytes;
    this.describe(object);
    this.staged.restart(object);
    return this.begin();
  }

  /** Nobody waits for its check any more: `verify` rejects. Twice is harmless. */
  giveUp(): void {
    this.#hash?.close();
  }

  /** Twice is harmless. */
  close(): void {
    this.giveUp();
    this.staged.close();
  }
}

/** The end of an unknown length is the end of the answer. */
function wholeRange(bytes: number | null): ByteRange {
  return { first: 0, last: bytes === null ? Number.MAX_SAFE_INTEGER : bytes - 1 };
}

/** Where a part that begins at `first` belongs: parts end out of order, but mostly near the end. */
function insertionPoint(parts: readonly StagedPart[], first: number): number {
  let at = parts.length;
  while (at > 0 && (parts[at - 1] as StagedPart).first > first) at -= 1;
  return at;
}
