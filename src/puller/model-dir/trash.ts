// What is to be deleted is out of the way at once, by one rename, and goes in the background: half of it never looks like a model.
import { randomUUID } from 'node:crypto';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../log.ts';
import { orMissing, whileInFolder } from '../../storage/folder/folder-failure.ts';
import { removeTree } from './remove-tree.ts';

export class Trash implements AsyncDisposable {
  readonly #folder: string;
  readonly #log: Log;
  readonly #ending = new AbortController();
  /** One after the other: deletions are in nobody's way. */
  #last: Promise<void> = Promise.resolve();

  /** `folder`: on the file system of what it gets. */
  constructor(folder: string, log: Log) {
    this.#folder = folder;
    this.#log = log;
  }

  /** Where it lies now; null: it was not there. @throws OutriggerError FOLDER_UNUSABLE */
  async take(path: string): Promise<string | null> {
    const place = join(this.#folder, randomUUID());
    return (await whileInFolder(path, () => orMissing(rename(path, place).then(() => true)))) === null ? null : place;
  }

  /** Resolves when it is gone, or cannot be deleted: the log says so, and the next start tries again. Never rejects. */
  delete(place: string): Promise<void> {
    this.#last = this.#last.then(() => this.#delete(place));
    return this.#last;
  }

  /** What earlier processes left. @throws OutriggerError FOLDER_UNUSABLE @returns resolves as `delete`, never rejects */
  async sweep(): Promise<{ readonly gone: Promise<void> }> {
    const names = await whileInFolder(this.#folder, () => readdir(this.#folder));
    const gone = Promise.all(names.map((name) => this.delete(join(this.#folder, name)))).then(() => undefined);
    return { gone };
  }

  /** What is left is for the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#last;
  }

  async #delete(place: string): Promise<void> {
    const { signal } = this.#ending;
    if (signal.aborted) return;
    try {
      await removeTree(place, signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#log.warn(
        { path: place, err: error },
        'files of a removed model cannot be deleted; the next start tries again',
      );
    }
  }
}
