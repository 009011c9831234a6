// When does a file reach the disk itself? Beside the download, a few at a time, and the download waits only when too many wait.
import { fsync } from 'node:fs';

/**
 * Four at once: syncs that wait together share a commit of the file system's journal (2,000 files of 64 KiB on ext4: 3.9 s one
 * by one, 0.4 s two at once, 0.3 s four), and four threads are all that Node's pool has.
 */
const maxSyncsAtOnce = 4;

/** Each holds a descriptor open. */
const maxWaitingFiles = 256;

interface WaitingSync {
  readonly fd: number;
  readonly done: (error: Error | null) => void;
}

/**
 * The policy of a pull. A kill of the process takes nothing from the page cache, so a file counts as completed as soon as it
 * is written and verified; a power cut does, so each is synced once, and only synced ones count after a reboot. All are synced
 * before the first is moved to its place, folders and marker after that: what stands under a marker is on the disk.
 */
export class SyncQueue {
  readonly #inMemory: boolean;
  readonly #waiting: WaitingSync[] = [];
  #running = 0;
  #wakeUps: (() => void)[] = [];

  /** `inMemory`: the file system has no disk, so that nothing is to be done. */
  constructor({ inMemory }: { readonly inMemory: boolean }) {
    this.#inMemory = inMemory;
  }

  /** Resolves when there is room for the next; `done` is called later, once. */
  async add(fd: number, done: (error: Error | null) => void): Promise<void> {
    if (this.#inMemory) {
      done(null);
      return;
    }
    this.#waiting.push({ fd, done });
    this.#start();
    while (this.#waiting.length > maxWaitingFiles) await this.#change();
  }

  /** Resolves when each that was added is done. */
  async drain(): Promise<void> {
    while (this.#running > 0) await this.#change();
  }

  #start(): void {
    while (this.#running < maxSyncsAtOnce) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#running += 1;
      fsync(next.fd, (error) => {
        this.#running -= 1;
        this.#start();
        next.done(error);
        for (const wakeUp of this.#wakeUps.splice(0)) wakeUp();
      });
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeUps.push(resolve);
    });
  }
}
