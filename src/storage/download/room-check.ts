// Is there room for the model on the disk? Asked before the bytes of each page, not after hours of them.
import { OutriggerError } from '../../errors.ts';
import type { Staging } from '../folder/staging.ts';
import type { WantedFile } from '../uri/wanted-files.ts';
import type { PullProgress } from './progress.ts';

export interface RoomCheckParts {
  /** Of the model, for messages: redacted. */
  readonly shownUri: string;
  readonly staging: Pick<Staging, 'presentBytes' | 'freeBytes'>;
  readonly progress: Readonly<Pick<PullProgress, 'doneBytes' | 'keptBytes'>>;
}

export class RoomCheck {
  readonly #parts: RoomCheckParts;
  /** For all that was listed and is not here. */
  #listedBytes = 0;

  constructor(parts: RoomCheckParts) {
    this.#parts = parts;
  }

  /** To be called with each page before anything of it is opened. @throws OutriggerError DISK_FULL */
  async add(page: readonly WantedFile[]): Promise<void> {
    const { progress, staging, shownUri } = this.#parts;
    for (const file of page) this.#listedBytes += Math.max(0, (file.object.bytes ?? 0) - staging.presentBytes(file));
    const neededBytes = this.#listedBytes - (progress.doneBytes - progress.keptBytes);
    const freeBytes = await staging.freeBytes();
    if (neededBytes <= freeBytes) return;
    // More pages may follow, and what an archive holds comes on top.
    const room = `at least ${neededBytes} bytes (${mebi(neededBytes)} MiB) are needed in the target folder, ${freeBytes} are free`;
    throw new OutriggerError('DISK_FULL', `${shownUri}: ${room}; free space, or pull into a larger volume`);
  }
}

/** Rounded up: somebody makes a volume of it. */
function mebi(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}
