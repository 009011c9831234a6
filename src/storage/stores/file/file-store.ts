// Models that are files here: file:///path and the volumes of a pvc://.
import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { OutriggerError } from '../../../errors.ts';
import type { LocalStore, StoredObject } from '../../object-store.ts';
import { shownText } from '../../uri/shown-text.ts';
import { explainFileError, type FoundFile, resolveInside, walkFolder } from './walk-folder.ts';

/** Keys are relative to the folder; of a single file, its base name. */
export interface FileStore extends LocalStore {
  /** What the URI means among the keys: '' = all, else the one file. */
  readonly path: string;
}

const filesPerPage = 1_000;

/** `path`: absolute, a file or a folder, maybe a link to one. @throws OutriggerError MODEL_NOT_FOUND, STORE_DENIED, UNSAFE_PATH */
export async function openFileStore({ path }: { readonly path: string }): Promise<FileStore> {
  const realPath = await realpath(path).catch((error: unknown) => {
    throw explainMissing(error, path);
  });
  const status = await stat(realPath, { bigint: true }).catch((error: unknown) => {
    throw explainMissing(error, path);
  });
  if (status.isDirectory()) return new Folder(realPath);
  if (!status.isFile()) {
    throw new OutriggerError('UNSAFE_PATH', `"${shownText(path)}" is neither a file nor a folder`);
  }
  return new SingleFile(realPath, { key: basename(path), bytes: Number(status.size), modifiedNs: status.mtimeNs });
}

function explainMissing(error: unknown, path: string): OutriggerError {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return explainFileError(error, path);
  const remedy = 'check the path, and that its volume is mounted here';
  return new OutriggerError('MODEL_NOT_FOUND', `"${shownText(path)}" is not there; ${remedy}`, { cause: error });
}

class Folder implements FileStore {
  readonly kind = 'local';
  readonly path = '';
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async *list(signal: AbortSignal): AsyncGenerator<readonly StoredObject[], void, undefined> {
    let page: StoredObject[] = [];
    for await (const file of walkFolder(this.#root, signal)) {
      page.push(objectOf(file));
      if (page.length < filesPerPage) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }

  /** Links may have changed since the list. */
  async localPath({ key }: StoredObject): Promise<string> {
    return checkFile(await resolveInside(this.#root, key), key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open between two calls.
  }
}

class SingleFile implements FileStore {
  readonly kind = 'local';
  readonly path: string;
  readonly #realPath: string;
  readonly #file: FoundFile;

  constructor(realPath: string, file: FoundFile) {
    this.path = file.key;
    this.#realPath = realPath;
    this.#file = file;
  }

  async *list(): AsyncGenerator<readonly StoredObject[], void, undefined> {
    yield [objectOf(this.#file)];
  }

  /** A link above it may have been turned to somewhere else: then it is another file, and the model of another moment. */
  async localPath({ key }: StoredObject): Promise<string> {
    const realPath = await resolveInside(dirname(this.#realPath), basename(this.#realPath));
    return checkFile(realPath, key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open between two calls.
  }
}

/** Before it is opened: a pipe in its place would make the one who opens it wait for ever. */
async function checkFile(realPath: string, key: string): Promise<string> {
  try {
    const status = await stat(realPath);
    await access(realPath, constants.R_OK);
    if (status.isFile()) return realPath;
  } catch (error) {
    throw explainFileError(error, key);
  }
  throw new OutriggerError('OBJECT_CHANGED', `"${shownText(key)}" was a file a moment ago`);
}

/**
 * A file is the same as long as its size and the time of its last change are (as rsync has it). Not its inode, which some
 * volumes make anew at each mount, nor its ctime, which a volume's fsGroup changes.
 */
function objectOf({ key, bytes, modifiedNs }: FoundFile): StoredObject {
  const version = `${modifiedNs}-${bytes}`;
  return { key, bytes, version, checksums: {}, partBytes: null, ranges: true, contentEncoding: null };
}
