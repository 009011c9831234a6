// What the file system refused, in our words: which path, and what to do about it.
import { OutriggerError } from '../../errors.ts';

/** As root not even that helps; in a pod it is the securityContext that says who we are. */
const mayNotWrite = `give this user (uid ${process.getuid?.() ?? 'unknown'}) the right to write there`;

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: 'free space there, or pull into a larger volume',
  EDQUOT: 'the quota of this user is used up: raise it, or pull into another folder',
  EROFS: 'it is mounted read-only: mount it read-write',
  EACCES: mayNotWrite,
  EPERM: mayNotWrite,
  ENOTDIR: 'a file stands where a folder has to be: remove it, or name another folder',
  EEXIST: 'something else stands there: remove it, or name another folder',
  EISDIR: 'a folder stands where a file has to be: remove it, or name another folder',
  ENOTEMPTY: 'a folder stands where a file has to be: remove it, or name another folder',
  ELOOP: 'a symbolic link stands there: remove it',
  ENAMETOOLONG: 'its file system takes no names of that length',
  EFBIG: 'its file system takes no files of that size',
  EMFILE: 'raise the limit of open files (ulimit -n)',
};

/** An error of the file system as ours; any other as it is. */
export function asFolderFailure(error: unknown, path: string): unknown {
  const code = errorCodeOf(error);
  if (code === null || error instanceof OutriggerError) return error;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  const remedy = remedies[code] ?? 'see what the file system says of it';
  return new OutriggerError(full ? 'DISK_FULL' : 'FOLDER_UNUSABLE', `${path}: ${code}: ${remedy}`, { cause: error });
}

/** Does it; what the file system refuses meanwhile is thrown as a failure of `path`. @throws DISK_FULL, FOLDER_UNUSABLE */
export function inFolder<Result>(path: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw asFolderFailure(error, path);
  }
}

/** As `inFolder`, of what takes its time. @throws DISK_FULL, FOLDER_UNUSABLE */
export async function whileInFolder<Result>(path: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    throw asFolderFailure(error, path);
  }
}

/** Such as ENOENT; null: the error is none of the system. */
export function errorCodeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** What `look` gives; null when the file or folder is not there. */
export function unlessMissing<Result>(look: () => Result): Result | null {
  try {
    return look();
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** As `unlessMissing`, of a look that takes its time. */
export async function orMissing<Result>(look: Promise<Result>): Promise<Result | null> {
  try {
    return await look;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errorCodeOf(error) ?? '');
}
