// One file under way in staging: its descriptor, and what the journal is told of it.
import { closeSync, constants, fstatSync, ftruncateSync, futimesSync, openSync, renameSync, unlinkSync } from 'node:fs';
import { OutriggerError } from '../../errors.ts';
import type { Checksums, StoredObject } from '../object-store.ts';
import { refuseUnlessRoom } from './disk-space.ts';
import { inFolder } from './folder-failure.ts';
import type { Journal } from './journal.ts';
import { type StagedEntry, stampOf } from './staged-entry.ts';
import type { StagedFile, StagedPart } from './staging.ts';
import { statsAt } from './stats-at.ts';

export interface StagedFileParts {
  readonly entry: StagedEntry;
  readonly object: StoredObject;
  /** Where its bytes are, in the staging folder. */
  readonly file: string;
  readonly journal: Journal;
  /** Takes the descriptor, gives it back when the file is synced. Resolves when the next may come. */
  readonly sync: (fd: number, done: () => void) => Promise<void>;
}

export class OpenStagedFile implements StagedFile {
  /** After a restart there are none. */
  parts: readonly StagedPart[];
  readonly #parts: StagedFileParts;
  readonly #entry: StagedEntry;
  #object: StoredObject;
  #fd: number;
  /** Descriptors that writers may still hold, from before a restart. */
  readonly #retired: number[] = [];
  /** The journal knows it by this object. */
  #begun: boolean;
  #replaced = false;
  #syncing = false;
  #closed = false;

  constructor(parts: StagedFileParts) {
    this.#parts = parts;
    this.#entry = parts.entry;
    this.#object = parts.object;
    this.#begun = parts.entry.parts.length > 0;
    this.parts = [...parts.entry.parts];
    this.#fd = this.#begun ? openFile(parts.file, 0) : openAnew(parts.file);
  }

  get path(): string {
    return this.#entry.path;
  }

  get fd(): number {
    return this.#fd;
  }

  allocate(bytes: number): void {
    const { file } = this.#parts;
    const keptBytes = this.#entry.parts.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    refuseUnlessRoom(file, { path: this.path, needBytes: bytes - keptBytes });
    inFolder(file, () => ftruncateSync(this.#fd, bytes));
  }

  keep(part: StagedPart): void {
    if (!this.#begun) this.#parts.journal.append({ is: 'begun', ...this.#recorded() });
    this.#begun = true;
    this.#entry.parts.push(part);
    const { first, last, crcs } = part;
    this.#parts.journal.append({ is: 'part', number: this.#entry.number, first, last, crcs });
  }

  restart(object: StoredObject): void {
    const { file, journal } = this.#parts;
    journal.append({ is: 'restarted', number: this.#entry.number });
    Object.assign(this.#entry, { object, parts: [], completed: null, synced: false });
    this.parts = [];
    this.#object = object;
    this.#begun = false;
    this.#replaced = false;
    // Another file of the same name: a write that is still on its way with the old descriptor cannot land among the new bytes.
    this.#retired.push(this.#fd);
    this.#fd = openAnew(file);
  }

  replaceBy(replacement: string): void {
    const { file } = this.#parts;
    inFolder(file, () => renameSync(replacement, file));
    this.#retired.push(this.#fd);
    this.#fd = openFile(file, 0);
    this.#replaced = true;
  }

  async complete(checksums: Checksums): Promise<void> {
    const { file, journal, sync } = this.#parts;
    const stamp = inFolder(file, () => {
      // Whole seconds: some file systems keep no more than that once a file has left the cache, and it would seem changed.
      const nowSeconds = Math.floor(Date.now() / 1_000);
      futimesSync(this.#fd, nowSeconds, nowSeconds);
      return stampOf(fstatSync(this.#fd));
    });
    const { bytes } = this.#object;
    if (bytes !== null && bytes !== stamp.bytes && !this.#replaced) {
      throw new OutriggerError(
        'INTERNAL',
        `${this.path}: ${stamp.bytes} bytes were called complete, and it has ${bytes}`,
      );
    }
    journal.append({ is: 'completed', ...this.#recorded(), checksums, stamp, inPlace: false });
    this.#entry.object = this.#object;
    this.#entry.completed = { checksums, stamp, inPlace: false };
    this.#syncing = true;
    await sync(this.#fd, () => {
      this.#syncing = false;
      if (this.#closed) closeSync(this.#fd);
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const fd of this.#retired) closeSync(fd);
    if (!this.#syncing) closeSync(this.#fd);
  }

  #recorded() {
    const { key, version, bytes } = this.#object;
    return { number: this.#entry.number, path: this.path, key, version, bytes };
  }
}

/** Never through a symbolic link. Readable by the runtime, which is often another user. */
function openFile(file: string, flags: number): number {
  return inFolder(file, () => openSync(file, constants.O_RDWR | constants.O_NOFOLLOW | flags, 0o644));
}

function openAnew(file: string): number {
  if (statsAt(file) !== null) inFolder(file, () => unlinkSync(file));
  return openFile(file, constants.O_CREAT | constants.O_EXCL);
}
