// The folders inside a target: made one by one, and never walked through a symbolic link.
import { chmodSync, mkdirSync, rmdirSync, type Stats, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OutriggerError } from '../../errors.ts';
import { errorCodeOf, inFolder } from './folder-failure.ts';
import { foldersAbove } from './inner-path.ts';
import { statsAt } from './stats-at.ts';

/** Paths of files that are removed first, and of the folders above them. */
export interface Going {
  readonly gone: ReadonlySet<string>;
  readonly foldersOfGone: ReadonlySet<string>;
}

/**
 * Each answer is kept, since a model has many files in few folders. Against what an earlier process or a hostile volume left;
 * not against somebody who exchanges folders at this very moment, for which Node has no openat.
 */
export class InnerFolders {
  readonly #target: string;
  readonly #real = new Set<string>();
  /** Whose entries changed, '' being the target itself: to be synced. */
  readonly changed = new Set<string>();

  constructor(target: string) {
    this.#target = target;
  }

  /**
   * May this file be placed?
   * @throws OutriggerError UNSAFE_PATH (a symbolic link above it), FOLDER_UNUSABLE (something else of others is in the way)
   */
  checkPlace(path: string, { gone, foldersOfGone }: Going): void {
    for (const folder of foldersAbove(path)) {
      if (this.#real.has(folder)) continue;
      const stats = this.#look(folder);
      if (stats === null || (!stats.isDirectory() && gone.has(folder))) break;
      this.#refuseUnlessFolder(folder, stats, path);
      this.#real.add(folder);
    }
    if (this.#look(path)?.isDirectory() && !foldersOfGone.has(path)) throw this.#inTheWay(path, 'is a folder', path);
  }

  /** Makes the folders above a path. @throws OutriggerError UNSAFE_PATH, FOLDER_UNUSABLE, DISK_FULL */
  makeAbove(path: string): void {
    for (const folder of foldersAbove(path)) {
      if (this.#real.has(folder)) continue;
      const stats = this.#look(folder);
      if (stats === null) this.#make(folder);
      else this.#refuseUnlessFolder(folder, stats, path);
      this.#real.add(folder);
    }
    this.changed.add(parentOf(path));
  }

  /** Every folder above it is a folder, and no link. */
  isReached(path: string): boolean {
    return foldersAbove(path).every((folder) => {
      if (!this.#real.has(folder) && this.#look(folder)?.isDirectory() !== true) return false;
      this.#real.add(folder);
      return true;
    });
  }

  /** The file, if there is one, and then the folders above it that are empty. @throws OutriggerError FOLDER_UNUSABLE */
  remove(path: string): void {
    if (!this.isReached(path)) return;
    const stats = this.#look(path);
    if (stats === null || stats.isDirectory()) return;
    inFolder(join(this.#target, path), () => unlinkSync(join(this.#target, path)));
    this.changed.add(parentOf(path));
    for (const folder of foldersAbove(path).reverse()) {
      if (!this.#removeIfEmpty(folder)) return;
    }
  }

  #make(folder: string): void {
    const absolute = join(this.#target, folder);
    inFolder(absolute, () => {
      mkdirSync(absolute, 0o755);
      chmodSync(absolute, 0o755); // whatever the umask: the runtime, often another user, has to get in
    });
    this.changed.add(parentOf(folder));
    this.changed.add(folder);
  }

  #removeIfEmpty(folder: string): boolean {
    try {
      rmdirSync(join(this.#target, folder));
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST', 'EBUSY', 'EACCES', 'EPERM'].includes(errorCodeOf(error) ?? '')) return false;
      throw error;
    }
    this.#real.delete(folder);
    this.changed.delete(folder);
    this.changed.add(parentOf(folder));
    return true;
  }

  #look(path: string): Stats | null {
    return statsAt(join(this.#target, path));
  }

  #refuseUnlessFolder(folder: string, stats: Stats, path: string): void {
    if (stats.isDirectory()) return;
    if (!stats.isSymbolicLink()) throw this.#inTheWay(folder, 'is no folder', path);
    const link = join(this.#target, folder);
    throw new OutriggerError('UNSAFE_PATH', `${path} would leave the folder: ${link} is a symbolic link; remove it`);
  }

  #inTheWay(what: string, is: string, path: string): OutriggerError {
    const absolute = join(this.#target, what);
    const message = `${absolute} ${is}, and ${path} has to be placed there; remove it, or pull into another folder`;
    return new OutriggerError('FOLDER_UNUSABLE', message);
  }
}

function parentOf(path: string): string {
  const parent = dirname(path);
  return parent === '.' ? '' : parent;
}
