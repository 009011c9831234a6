// Which completed files are on the disk itself, and what the journal is told of it.
import { closeSync, constants, openSync } from 'node:fs';
import { asFolderFailure, inFolder } from './folder-failure.ts';
import type { Journal } from './journal.ts';
import type { StagedEntry } from './staged-entry.ts';
import { SyncQueue } from './sync-queue.ts';

/** One line of the journal tells of so many. */
const filesPerRecord = 64;

interface SyncedFilesParts {
  readonly journal: Journal;
  readonly pathOf: (entry: StagedEntry) => string;
  readonly inMemory: boolean;
}

export class SyncedFiles {
  readonly #queue: SyncQueue;
  readonly #journal: Journal;
  readonly #pathOf: (entry: StagedEntry) => string;
  #untold: number[] = [];
  /** The first that the file system could not keep: then the model cannot become whole in this pull. */
  #failure: unknown = null;

  constructor({ journal, pathOf, inMemory }: SyncedFilesParts) {
    this.#queue = new SyncQueue({ inMemory });
    this.#journal = journal;
    this.#pathOf = pathOf;
  }

  /** `done`: the descriptor is not needed any more. @throws OutriggerError DISK_FULL, FOLDER_UNUSABLE: of any file before */
  async add(fd: number, entry: StagedEntry, done: () => void): Promise<void> {
    await this.#queue.add(fd, (error) => {
      done();
      this.#record(entry, error);
    });
    this.#refuseAfterFailure();
  }

  /** All that were added, and these files besides. @throws OutriggerError DISK_FULL, FOLDER_UNUSABLE */
  async all(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const fd = inFolder(path, () => openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK));
      await this.#queue.add(fd, (error) => {
        closeSync(fd);
        if (error !== null) this.#failure ??= asFolderFailure(error, path);
      });
    }
    await this.idle();
    this.#refuseAfterFailure();
    this.#tell();
  }

  /** No descriptor is in use any more; never throws. */
  async idle(): Promise<void> {
    await this.#queue.drain();
  }

  #record(entry: StagedEntry, error: Error | null): void {
    try {
      if (error !== null) throw asFolderFailure(error, this.#pathOf(entry));
      entry.synced = true;
      this.#untold.push(entry.number);
      if (this.#untold.length >= filesPerRecord) this.#tell();
    } catch (failure) {
      this.#failure ??= failure;
      entry.completed = null;
    }
  }

  #tell(): void {
    if (this.#untold.length === 0) return;
    this.#journal.append({ is: 'synced', numbers: this.#untold });
    this.#untold = [];
  }

  #refuseAfterFailure(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}
