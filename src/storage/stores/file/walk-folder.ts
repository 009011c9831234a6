// The regular files below a folder, links followed as long as they stay inside it.
import type { Dirent } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { OutriggerError } from '../../../errors.ts';
import { isOwnName } from '../../uri/own-names.ts';
import { shownText } from '../../uri/shown-text.ts';

export interface FoundFile {
  /** Relative to the folder, with "/". */
  readonly key: string;
  readonly bytes: number;
  readonly modifiedNs: bigint;
}

/** Links to folders can multiply what is below them without end; nobody's model has so many. */
const maxRepeatedFolders = 1_000;

interface Walk {
  /** Absolute, links resolved. */
  readonly root: string;
  readonly signal: AbortSignal;
  /** Real paths of folders, to know which are seen again. */
  readonly seen: Set<string>;
  repeated: number;
}

interface Folder {
  /** As it is reached from the root, with "/" at its end; '': the root. */
  readonly prefix: string;
  /** Links resolved. */
  readonly realPath: string;
  /** Real paths from the root down to this one. */
  readonly chain: readonly string[];
}

/**
 * In the order of names, folder by folder, while it is asked for. @throws OutriggerError UNSAFE_PATH for links that lead out or in
 * a circle, and for what is neither file nor folder; STORE_DENIED for what cannot be read; OBJECT_CHANGED; PULL_TOO_LARGE
 */
export function walkFolder(root: string, signal: AbortSignal): AsyncGenerator<FoundFile, void, undefined> {
  return walk({ prefix: '', realPath: root, chain: [root] }, { root, signal, seen: new Set(), repeated: 0 });
}

async function* walk(folder: Folder, all: Walk): AsyncGenerator<FoundFile, void, undefined> {
  all.signal.throwIfAborted();
  countRepeated(folder, all);
  for (const name of await namesIn(folder)) {
    const key = `${folder.prefix}${name}`;
    const realPath = await resolveInside(all.root, key);
    const status = await statusOf(realPath, key);
    if (status.isFile()) yield { key, bytes: Number(status.size), modifiedNs: status.mtimeNs };
    else if (status.isDirectory()) {
      if (folder.chain.includes(realPath)) throw unsafe(key, 'is a link to a folder that it is in');
      yield* walk({ prefix: `${key}/`, realPath, chain: [...folder.chain, realPath] }, all);
    } else throw unsafe(key, 'is neither a file nor a folder (a pipe, a socket or a device)');
  }
}

function countRepeated({ prefix, realPath }: Folder, all: Walk): void {
  if (all.seen.has(realPath)) all.repeated += 1;
  all.seen.add(realPath);
  if (all.repeated <= maxRepeatedFolders) return;
  const words = `links lead to folders that were there before, more than ${maxRepeatedFolders} times`;
  throw new OutriggerError('PULL_TOO_LARGE', `"${shownText(prefix)}": ${words}`);
}

/**
 * Left out: in a volume of a ConfigMap, Secret or projection what begins with "..", since the files are there a second time,
 * as links into it (Kubernetes AtomicWriter); and at the top the folder that mkfs makes for root alone, and what an earlier pull of
 * ours into this folder left beside the model: the model is what is pulled on, and gets a marker of its own.
 */
async function namesIn({ prefix, realPath }: Folder): Promise<string[]> {
  const entries = await read(() => readdir(realPath, { withFileTypes: true }), prefix || '.');
  const isProjection = entries.some(({ name }) => name === '..data');
  const isOurs = (entry: Dirent): boolean =>
    !(isProjection && entry.name.startsWith('..')) &&
    !(prefix === '' && (entry.name === 'lost+found' || isOwnName(entry.name)));
  return entries
    .filter(isOurs)
    .map(({ name }) => name)
    .sort();
}

/** The file behind `key`, links resolved. `root`: links resolved too. @throws as walkFolder */
export async function resolveInside(root: string, key: string): Promise<string> {
  const path = join(root, key);
  const realPath = await read(() => realpath(path), key).catch(async (error: unknown) => {
    const isLink = await lstat(path).then(
      (status) => status.isSymbolicLink(),
      () => false,
    );
    throw isLink ? unsafe(key, 'is a link that leads nowhere or in a circle', error) : error;
  });
  if (realPath !== root && !realPath.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)) {
    throw unsafe(key, 'is a link out of the folder; name a folder that has both inside, or put a copy in its place');
  }
  return realPath;
}

async function statusOf(realPath: string, key: string) {
  return read(() => stat(realPath, { bigint: true }), key);
}

async function read<T>(attempt: () => Promise<T>, key: string): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    throw explainFileError(error, key);
  }
}

/** What the system said of a file, for people. */
export function explainFileError(error: unknown, key: string): OutriggerError {
  const { code = 'an error' } = error as NodeJS.ErrnoException;
  const cause = { cause: error };
  const name = `"${shownText(key)}"`;
  if (code === 'EACCES' || code === 'EPERM') {
    const remedy = 'let this user read it (chmod a+rX), or run as its owner or group';
    return new OutriggerError('STORE_DENIED', `${name} cannot be read by this user (${code}); ${remedy}`, cause);
  }
  if (code === 'ENOENT' && key.includes('\ufffd')) return unsafe(key, 'has a name that is no UTF-8', error);
  if (code === 'ENOENT') {
    return new OutriggerError('OBJECT_CHANGED', `${name} was there a moment ago and is gone`, cause);
  }
  return new OutriggerError('STORE_FAILED', `${name} cannot be read (${code})`, cause);
}

function unsafe(key: string, why: string, cause?: unknown): OutriggerError {
  return new OutriggerError('UNSAFE_PATH', `"${shownText(key)}" ${why}`, { cause });
}
