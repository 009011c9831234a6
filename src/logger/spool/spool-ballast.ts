// Room on the disk that is given up when it is full: without any, SQLite could not even delete what has been delivered.
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** More than the log of changes holds that was not moved into the file yet. */
const ballastBytes = 4 * 1024 * 1024;

export class SpoolBallast {
  readonly #file: string;
  #held = false;

  constructor(dir: string) {
    this.#file = join(dir, 'ballast');
  }

  /** @throws Error of node:fs when there is no room for it: then there is none for events either */
  hold(): void {
    if (this.#held) return;
    if ((statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0) < ballastBytes) this.#make();
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    rmSync(this.#file, { force: true });
  }

  #make(): void {
    try {
      writeFileSync(this.#file, Buffer.alloc(ballastBytes), { mode: 0o600 });
    } catch (error) {
      this.release();
      throw error;
    }
  }
}
