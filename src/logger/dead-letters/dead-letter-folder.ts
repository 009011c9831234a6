// Dead letters as files: one structured CloudEvent each, never half of one, up to so many bytes in the folder.
import { readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../log.ts';
import type { Clock } from '../delivery/clock.ts';
import type { EventEncoding } from '../delivery/delivery.ts';
import { attributeOf, type LogEvent } from '../event/log-event.ts';
import { makeFolder } from '../make-folder.ts';
import { asDeadLetter, type DeadLetterCause, type DeadLetters } from './dead-letter.ts';

export interface DeadLetterFolderOptions {
  readonly dir: string; // made when it is not there
  readonly maxBytes: number; // of all files in it
  /** Structured: one JSON object for one event. */
  readonly encoding: EventEncoding;
  readonly clock: Clock;
  readonly log: Log;
}

const temporary = '.unfinished';
/** Somebody may have emptied it: worth a look, but not for each event. */
const lookAgainMs = 10_000;
const complainEveryMs = 60_000;
const maxIdLength = 100;

export function openDeadLetterFolder(options: DeadLetterFolderOptions): DeadLetters {
  return new DeadLetterFolder(options);
}

class DeadLetterFolder implements DeadLetters {
  readonly #options: DeadLetterFolderOptions;
  /** One file at a time: so the bound is exact. */
  #last: Promise<unknown> = Promise.resolve();
  #usedBytes: number | null = null; // null: to be looked up
  #lookedMs = 0;
  #complainedMs = Number.NEGATIVE_INFINITY;
  #files = 0;

  constructor(options: DeadLetterFolderOptions) {
    this.#options = options;
  }

  bury(event: LogEvent, cause: DeadLetterCause): Promise<boolean> {
    const buried = this.#last.then(() => this.#keep(asDeadLetter(event, cause)));
    this.#last = buried;
    return buried;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
  }

  async #keep(event: LogEvent): Promise<boolean> {
    const { body, bodyBytes } = this.#options.encoding.encode([event]);
    try {
      if (!(await this.#hasRoom(bodyBytes))) {
        this.#complain({ maxBytes: this.#options.maxBytes }, 'folder of dead letters is full');
        return false;
      }
      await this.#write(nameOf(event, this.#options.clock.wallMs(), this.#files++), body);
      this.#usedBytes = (this.#usedBytes as number) + bodyBytes;
      return true;
    } catch (error) {
      this.#usedBytes = null;
      this.#complain({ err: error }, 'dead letter could not be written');
      return false;
    }
  }

  async #write(name: string, body: readonly Uint8Array[]): Promise<void> {
    const { dir } = this.#options;
    const unfinished = join(dir, name + temporary);
    try {
      await writeFile(unfinished, body, { mode: 0o640, flag: 'wx' });
      await rename(unfinished, join(dir, name));
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }

  async #hasRoom(bytes: number): Promise<boolean> {
    const { maxBytes, clock } = this.#options;
    const fits = () => this.#usedBytes !== null && this.#usedBytes + bytes <= maxBytes;
    if (fits()) return true;
    if (this.#usedBytes !== null && clock.nowMs() - this.#lookedMs < lookAgainMs) return false;
    this.#lookedMs = clock.nowMs();
    this.#usedBytes = await this.#look();
    return fits();
  }

  /** What a killed agent left unfinished is removed. */
  async #look(): Promise<number> {
    const { dir } = this.#options;
    makeFolder(dir, 0o750);
    let bytes = 0;
    for (const name of await readdir(dir)) {
      if (name.endsWith(temporary)) await rm(join(dir, name), { force: true });
      else bytes += await sizeOf(join(dir, name));
    }
    return bytes;
  }

  #complain(fields: object, message: string): void {
    const nowMs = this.#options.clock.nowMs();
    if (nowMs - this.#complainedMs < complainEveryMs) return;
    this.#complainedMs = nowMs;
    this.#options.log.error({ dir: this.#options.dir, ...fields }, message);
  }
}

/** Of letters in a folder that somebody empties meanwhile: one that is gone has no size. */
async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

/** `20261121T183000123Z-4-<id>.json`: in the order of time, and no id reaches outside the folder. */
function nameOf(event: LogEvent, wallMs: number, count: number): string {
  const time = new Date(wallMs).toISOString().replaceAll(/[-:.]/g, '');
  const id = (attributeOf(event, 'id') ?? '').replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, maxIdLength);
  return `${time}-${count}-${id}.json`;
}
