// Where do the clients of stores look for a user's files? In a home folder, and they fail for a user who has none.
import { homedir } from 'node:os';

/**
 * A number that /etc/passwd does not know, as images use it, has no home folder: then it is "/", as container engines have it.
 * For threads that are started later, too.
 */
export function ensureHomeFolder(): void {
  if (process.env.HOME !== undefined) return;
  try {
    homedir();
  } catch {
    process.env.HOME = '/';
  }
}
