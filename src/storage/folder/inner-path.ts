// Paths below a target folder: which can be trusted, which folders stand above a file.
import { OutriggerError } from '../../errors.ts';
import { safePath } from '../uri/safe-path.ts';

/** For paths that stood on a disk in between, in a marker or a journal: anybody may have written them. */
export function isSafePath(path: unknown): path is string {
  if (typeof path !== 'string') return false;
  try {
    return safePath(path) === path;
  } catch (error) {
    if (error instanceof OutriggerError) return false;
    throw error;
  }
}

/** The folders above a path, the outermost first: a, a/b for a/b/c. */
export function foldersAbove(path: string): string[] {
  const found: string[] = [];
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) found.push(path.slice(0, at));
  return found;
}
