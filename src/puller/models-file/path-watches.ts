// Hints that something changed at some paths, by inotify: which paths is told anew before each look, since links lead elsewhere.
import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Log } from '../../log.ts';

interface PathWatch {
  readonly watcher: FSWatcher;
  /** Of what is watched: inotify follows inodes, not names. */
  readonly identity: string;
}

/** Hints may be lost (a folder that is gone, a network file system, a full queue): a check from time to time has to stand behind it. */
export class PathWatches implements Disposable {
  readonly #onHint: () => void;
  readonly #log: Log;
  readonly #watches = new Map<string, PathWatch>();
  #disposed = false;
  #failed = false;

  constructor({ onHint, log }: { readonly onHint: () => void; readonly log: Log }) {
    this.#onHint = onHint;
    this.#log = log;
  }

  /** Folders or files; those that are not there are left out, until they are named again. All others are watched no more. */
  async follow(paths: readonly string[]): Promise<void> {
    const wanted = new Map<string, string>();
    for (const path of paths) {
      const identity = await identityOf(path);
      if (identity !== null) wanted.set(path, identity);
    }
    for (const [path, { identity }] of this.#watches) if (wanted.get(path) !== identity) this.#close(path);
    for (const [path, identity] of wanted) if (!this.#watches.has(path) && !this.#disposed) this.#open(path, identity);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const path of this.#watches.keys()) this.#close(path);
  }

  #open(path: string, identity: string): void {
    try {
      const watcher = watch(path, (event, name) => {
        // What inotify says of the watched thing itself comes under its own name: deleted, moved. The inode's number may come again.
        if (event === 'rename' && name === basename(path)) this.#end(path, watcher);
        this.#onHint();
      });
      watcher.on('error', (error) => {
        this.#end(path, watcher);
        this.#tell(error);
      });
      this.#watches.set(path, { watcher, identity });
    } catch (error) {
      this.#tell(error);
    }
  }

  #end(path: string, watcher: FSWatcher): void {
    if (this.#watches.get(path)?.watcher === watcher) this.#close(path);
  }

  #close(path: string): void {
    this.#watches.get(path)?.watcher.close();
    this.#watches.delete(path);
  }

  /** Once: it would be said at every check. */
  #tell(error: unknown): void {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || this.#failed) return;
    this.#failed = true;
    const reason = code === 'ENOSPC' || code === 'EMFILE' ? `${code}: raise fs.inotify.max_user_*` : message;
    this.#log.warn({ reason }, 'changes of models.json are seen late: its folder cannot be watched');
  }
}

/** Null: not there, or out of our reach. */
async function identityOf(path: string): Promise<string | null> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return null;
  }
}
