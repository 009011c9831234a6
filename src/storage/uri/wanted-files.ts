// Which of the listed objects does a model URI mean, and where does each go? (facts: KServe's storage initializer)
import type { PullLimits, PullPatterns } from '../../config/storage-config.ts';
import { OutriggerError } from '../../errors.ts';
import type { StoredObject } from '../object-store.ts';
import { readFilter } from './patterns.ts';
import { PlannedPaths } from './planned-paths.ts';
import { safePath } from './safe-path.ts';

export interface WantedFile {
  readonly object: StoredObject;
  /** Below the target folder; safe. */
  readonly path: string;
}

export interface Wanted {
  /** Of the model, for messages: redacted. */
  readonly shownUri: string;
  /** Key or folder that the URI names, without "/" at either end; '': all there is. */
  readonly path: string;
  readonly patterns: PullPatterns;
  readonly limits: Pick<PullLimits, 'maxFiles'>;
}

/**
 * An object whose key is the path is the model, under its base name, whatever the patterns say; nothing more is listed then.
 * Otherwise all below `path/`, relative to it: of `a` never what is below `a-2/`. Left out: keys that end in "/", and empty
 * objects that other keys stand below, as some stores and tools write for folders. Empty files therefore come last, when it is
 * known that nothing stands below them.
 * @throws OutriggerError MODEL_NOT_FOUND, UNSAFE_PATH, PULL_TOO_LARGE, and what the list throws, also after some pages
 */
export async function* wantedFiles(
  pages: AsyncIterable<readonly StoredObject[]>,
  wanted: Wanted,
): AsyncGenerator<readonly WantedFile[], void, undefined> {
  const selection = new Selection(wanted);
  for await (const page of pages) {
    const files = selection.take(page);
    if (files.length > 0) yield files;
    if (selection.exact) return;
  }
  const rest = selection.finish();
  if (rest.length > 0) yield rest;
}

class Selection {
  readonly #wanted: Wanted;
  readonly #prefix: string;
  readonly #isWanted: (path: string) => boolean;
  readonly #planned = new PlannedPaths();
  /** Empty objects that may yet turn out to be folders, by path. */
  readonly #empty = new Map<string, StoredObject>();
  #emptyExact: StoredObject | null = null;
  #isFolder = false; // something stands below the path
  #exact = false;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
    this.#prefix = wanted.path === '' ? '' : `${wanted.path}/`;
    this.#isWanted = readFilter(wanted.patterns);
  }

  /** The object at the path itself was given out: the rest of the list does not matter. */
  get exact(): boolean {
    return this.#exact;
  }

  take(page: readonly StoredObject[]): readonly WantedFile[] {
    const files: WantedFile[] = [];
    for (const object of page) {
      if (object.key === this.#wanted.path) {
        if (object.bytes === 0) this.#emptyExact = object;
        else return [this.#exactFile(object)];
      } else if (object.key.startsWith(this.#prefix)) this.#takeBelow(object, files);
    }
    return files;
  }

  finish(): readonly WantedFile[] {
    if (this.#emptyExact !== null && !this.#isFolder) return [this.#exactFile(this.#emptyExact)];
    const files: WantedFile[] = [];
    for (const [path, object] of this.#empty) {
      if (this.#planned.isFolder(path)) continue;
      this.#planned.add(path);
      files.push({ object, path });
    }
    if (this.#planned.count === 0) throw this.#notFound();
    return files;
  }

  #exactFile(object: StoredObject): WantedFile {
    // Stores list in the order of keys, and no key below the path comes before the path.
    if (this.#planned.count > 0) {
      throw new OutriggerError('STORE_FAILED', `${this.#wanted.shownUri}: the store does not list keys in their order`);
    }
    this.#exact = true;
    return { object, path: safePath(object.key.slice(object.key.lastIndexOf('/') + 1)) };
  }

  #takeBelow(object: StoredObject, files: WantedFile[]): void {
    const path = object.key.slice(this.#prefix.length);
    this.#isFolder = true;
    this.#forgetFoldersAbove(path);
    if (path === '' || path.endsWith('/') || !this.#isWanted(path)) return;
    safePath(path);
    if (object.bytes === 0) {
      if (this.#empty.has(path)) this.#planned.refuse(path);
      this.#empty.set(path, object);
    } else {
      this.#planned.add(path);
      files.push({ object, path });
    }
    this.#checkCount();
  }

  #forgetFoldersAbove(path: string): void {
    if (this.#empty.size === 0) return;
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1))
      this.#empty.delete(path.slice(0, end));
  }

  #checkCount(): void {
    const { limits, shownUri } = this.#wanted;
    if (this.#planned.count + this.#empty.size <= limits.maxFiles) return;
    throw new OutriggerError(
      'PULL_TOO_LARGE',
      `${shownUri} has more than ${limits.maxFiles} files; name a smaller folder, leave files out by --ignore-patterns, ` +
        'or raise --max-files',
    );
  }

  #notFound(): OutriggerError {
    const { shownUri, path } = this.#wanted;
    if (!this.#isFolder) {
      const here = path === '' ? 'it is empty' : 'there is neither an object of that name nor anything below it';
      return new OutriggerError('MODEL_NOT_FOUND', `${shownUri}: ${here}; check the path and its upper and lower case`);
    }
    const { allow, ignore } = this.#wanted.patterns;
    const why =
      allow.length + ignore.length > 0
        ? '--allow-patterns and --ignore-patterns (or STORAGE_ALLOW_PATTERNS, STORAGE_IGNORE_PATTERNS) leave none of its files'
        : 'it holds folders, but no file';
    return new OutriggerError('MODEL_NOT_FOUND', `${shownUri}: ${why}`);
  }
}
