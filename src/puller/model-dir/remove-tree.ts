// A folder and all in it goes, one entry after the other: links themselves, and never what they lead to.
import { lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { orMissing } from '../../storage/folder/folder-failure.ts';

/**
 * Node's own `rm` asks for all entries of a folder at once, and everything else that waits for Node's four threads (DNS among it)
 * would wait for a hundred thousand files. What is missing is no error. @throws signal.reason; the file system's own errors
 */
export async function removeTree(path: string, signal: AbortSignal): Promise<void> {
  const stats = await orMissing(lstat(path));
  if (stats === null) return;
  if (stats.isDirectory()) await removeFolder(path, signal);
  else await orMissing(unlink(path));
}

async function removeFolder(path: string, signal: AbortSignal): Promise<void> {
  for (const entry of (await orMissing(readdir(path, { withFileTypes: true }))) ?? []) {
    signal.throwIfAborted();
    const inner = join(path, entry.name);
    if (entry.isDirectory()) await removeFolder(inner, signal);
    else await orMissing(unlink(inner));
  }
  await orMissing(rmdir(path));
}
