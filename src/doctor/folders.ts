// Can a folder that the agent writes to be written, and is there room in it?
import { constants } from 'node:fs';
import { access, mkdtemp, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config, DeadLetterConfig, PullerConfig, SpoolConfig } from '../config/slices.ts';
import { showBytes } from '../show-bytes.ts';
import { type Check, type Finding, note, ok, problem, warning } from './finding.ts';

export interface OwnFolder {
  readonly group: string;
  /** What it is for. */
  readonly what: string;
  readonly flag: string;
  readonly path: string;
  /** What its files may grow to; null: not told. */
  readonly needBytes: number | null;
}

export function folderChecks({ puller, logger }: Config): readonly Check[] {
  const folders = [
    ...(puller === null ? [] : foldersOfModels(puller)),
    ...(logger?.spool ? [folderOfSpool(logger.spool)] : []),
    ...(logger?.deadLetters ? folderOfDeadLetters(logger.deadLetters) : []),
  ];
  return folders.map((own) => ({ group: own.group, subject: own.path, run: () => checkFolder(own) }));
}

function foldersOfModels({ modelDir, runtime, diskBudgetBytes }: PullerConfig): OwnFolder[] {
  const group = 'Models';
  const models = { group, what: 'models', flag: '--model-dir', path: modelDir, needBytes: diskBudgetBytes };
  const { configFile } = runtime;
  if (configFile === '' || dirname(configFile) === modelDir) return [models];
  const what = "the runtime's list of models";
  const own = { group, what, flag: '--runtime-config-file', path: dirname(configFile), needBytes: null };
  return [models, own];
}

function folderOfSpool({ dir, maxBytes }: SpoolConfig): OwnFolder {
  return { group: 'Events', what: 'the spool', flag: '--log-spool-dir', path: dir, needBytes: maxBytes };
}

function folderOfDeadLetters(letters: DeadLetterConfig): OwnFolder[] {
  if (letters.kind !== 'folder') return [];
  const { dir: path, maxBytes: needBytes } = letters;
  return [{ group: 'Events', what: 'dead letters', flag: '--log-dead-letter-dir', path, needBytes }];
}

/** Makes a folder inside it and removes it again: rights alone do not tell of a volume that is mounted for reading only. */
export async function checkFolder(own: OwnFolder): Promise<readonly Finding[]> {
  const name = `the folder of ${own.what}, ${own.path},`;
  const remedy = `let this user (${process.getuid?.() ?? 'it'}) write there, or name another by ${own.flag}`;
  try {
    if (!(await stat(own.path)).isDirectory()) return [problem(`${name} is a file`, `name a folder by ${own.flag}`)];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [await judgeMissing(own, { name, remedy })];
    if (code === 'ENOTDIR') return [problem(`${name} stands below a file`, `name another by ${own.flag}`)];
    return [problem(`${name} cannot be looked at: ${(error as Error).message}`, remedy)];
  }
  try {
    await rmdir(await mkdtemp(join(own.path, '.outrigger-doctor-')));
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const why = { EACCES: 'is not writable', EROFS: 'is on a volume that is mounted for reading only' }[code];
    return [problem(`${name} ${why ?? `cannot be written: ${message}`}`, remedy)];
  }
  return [await judgeRoom(own, name)];
}

/** The agent makes it, where it may. */
async function judgeMissing(own: OwnFolder, { name, remedy }: { name: string; remedy: string }): Promise<Finding> {
  for (let above = dirname(own.path); ; above = dirname(above)) {
    try {
      await access(above, constants.W_OK | constants.X_OK);
      return note(`${name} is not there; it will be made`);
    } catch (error) {
      const isTop = dirname(above) === above;
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !isTop) continue;
      return problem(`${name} is not there and cannot be made`, remedy);
    }
  }
}

async function judgeRoom({ path, needBytes, flag }: OwnFolder, name: string): Promise<Finding> {
  const { bavail, bsize, blocks } = await statfs(path);
  if (blocks === 0) return ok(`${name} is writable`); // file systems over a network say 0 of 0
  const freeBytes = bavail * bsize;
  const text = `${name} is writable, ${showBytes(freeBytes)} are free`;
  if (needBytes === null || freeBytes >= needBytes) return ok(text);
  return warning(`${text}, and it may grow to ${showBytes(needBytes)}`, `a larger volume, or another by ${flag}`);
}
