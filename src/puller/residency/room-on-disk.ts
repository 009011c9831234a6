// Room for the files of one pull under --model-disk-budget: taken as the store lists them, before most of them are there.
import type { Budget } from '../budget/budget.ts';
import type { ModelRecord } from '../model/model-record.ts';
import { waitForRoom } from './room-wait.ts';

export interface RoomParts {
  /** Null: there is room for all. */
  readonly disk: Budget | null;
  readonly record: ModelRecord;
  /** A request waits for it, or it serves and is only being changed: others have to go for it. */
  readonly mayPush: () => boolean;
  /** Of the pull. */
  readonly signal: AbortSignal;
}

const noRoom = '--model-disk-budget: no room, all models on disk are in use';

export class RoomOnDisk implements Disposable {
  /** For the pull: also over when there is no room. */
  readonly signal: AbortSignal;
  /** There is no room, and nobody has to go for this one. */
  isFull = false;
  /** Room was to be made, and could not be. */
  failure: unknown = null;
  readonly #parts: RoomParts;
  readonly #stop = new AbortController();
  readonly #bytesBefore: number;
  #bytes = 0;
  #reserving: Promise<void> = Promise.resolve();

  constructor(parts: RoomParts) {
    this.#parts = parts;
    this.#bytesBefore = parts.record.diskBytes;
    this.signal = AbortSignal.any([parts.signal, this.#stop.signal]);
  }

  /** `pullBytes`: of the pull's files, as far as they are known. Only ever grows. */
  take(pullBytes: number): void {
    const { disk, record, mayPush } = this.#parts;
    if (disk === null || pullBytes <= this.#bytes || this.signal.aborted) return;
    this.#bytes = pullBytes;
    const holder = { name: record.name, bytes: this.#bytesBefore + pullBytes };
    if (disk.tryReserve(holder)) return;
    if (!mayPush() && holder.bytes <= disk.maxBytes) {
      this.isFull = true;
      this.#stop.abort(new Error('no room on disk'));
      return;
    }
    const reserve = (patience: AbortSignal): Promise<void> => disk.reserve(holder, patience);
    const reserved = waitForRoom({ wait: reserve, signal: this.signal, words: noRoom });
    this.#reserving = reserved.catch((error: unknown) => {
      this.failure = error;
      this.#stop.abort(error);
    });
  }

  /** Everybody who had to go has gone. @throws MODEL_TOO_LARGE; the pull's own reason */
  async made(): Promise<void> {
    await this.#reserving;
    this.signal.throwIfAborted();
  }

  [Symbol.dispose](): void {
    this.#stop.abort(new Error('the pull is over'));
  }
}
