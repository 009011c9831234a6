// The memory of a pull: one line for each thing that has to outlive a kill, appended at once.
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { inFolder, whileInFolder } from './folder-failure.ts';
import { type JournalRecord, type JournalState, replayJournal } from './journal-replay.ts';
import { syncLater } from './sync-later.ts';

export interface OpenedJournal {
  readonly journal: Journal;
  readonly state: JournalState | null;
  readonly damaged: boolean;
}

export class Journal {
  readonly #path: string;
  readonly #fd: number;
  /** Up to here it holds whole lines. */
  #bytes: number;

  private constructor(path: string, fd: number, bytes: number) {
    this.#path = path;
    this.#fd = fd;
    this.#bytes = bytes;
  }

  /**
   * With what it says so far; null: nothing, or nothing that can be believed (`damaged`), and it is empty now.
   * @throws OutriggerError DISK_FULL, FOLDER_UNUSABLE
   */
  static open(path: string, bootId: string | null): OpenedJournal {
    return inFolder(path, () => {
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;
      const fd = openSync(path, flags, 0o600);
      try {
        const text = fstatSync(fd).isFile() ? readFileSync(fd) : Buffer.alloc(0);
        const state = replayJournal(text.toString(), bootId);
        const wholeBytes = state === null ? 0 : text.lastIndexOf(0x0a) + 1;
        ftruncateSync(fd, wholeBytes); // a torn last line would spoil the next one
        return { journal: new Journal(path, fd, wholeBytes), state, damaged: state === null && text.length > 0 };
      } catch (error) {
        closeSync(fd);
        throw error;
      }
    });
  }

  /** In the page cache when it returns: a kill does not take it back. @throws OutriggerError DISK_FULL, FOLDER_UNUSABLE */
  append(record: JournalRecord): void {
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    inFolder(this.#path, () => {
      try {
        for (let written = 0; written < line.length; ) written += writeSync(this.#fd, line, written);
      } catch (error) {
        ftruncateSync(this.#fd, this.#bytes); // a full disk may take half a line
        throw error;
      }
    });
    this.#bytes += line.length;
  }

  /** Forgets all. @throws OutriggerError FOLDER_UNUSABLE */
  clear(): void {
    inFolder(this.#path, () => ftruncateSync(this.#fd, 0));
    this.#bytes = 0;
  }

  /** What it says by now is on the disk itself when this resolves; not to be closed before. @throws OutriggerError DISK_FULL, FOLDER_UNUSABLE */
  sync(): Promise<void> {
    return whileInFolder(this.#path, () => syncLater(this.#fd));
  }

  close(): void {
    closeSync(this.#fd);
  }
}
