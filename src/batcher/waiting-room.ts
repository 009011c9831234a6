// How much may wait in all queues together, and how much memory requests may hold: full means 503 at once (rule 16).
import type { BatcherConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import { BodyMemory } from './body/body-memory.ts';

export class WaitingRoom {
  readonly bodyMemory = new BodyMemory();
  readonly #config: BatcherConfig;
  readonly #metrics: Metrics;
  #rows = 0;
  #bytes = 0;

  constructor(config: BatcherConfig, metrics: Metrics) {
    this.#config = config;
    this.#metrics = metrics;
  }

  /** Rows wait until their batch is sent. @throws OutriggerError OVERLOADED */
  enterRows(rows: number): void {
    const { maxWaitingRows } = this.#config;
    if (this.#rows + rows > maxWaitingRows) {
      this.#metrics.batchRefused.rows.add();
      throw new OutriggerError(
        'OVERLOADED',
        `${this.#rows} rows wait for the runtime, ${maxWaitingRows} may (--batcher-max-waiting-rows)`,
      );
    }
    this.#rows += rows;
    this.#metrics.batching.waiting.rows.set(this.#rows);
  }

  leaveRows(rows: number): void {
    this.#rows -= rows;
    this.#metrics.batching.waiting.rows.set(this.#rows);
  }

  /** Bytes of a body are held from its first one until its request is answered. False: there is no room. */
  holdBytes(bytes: number): boolean {
    if (this.#bytes + bytes > this.#config.maxWaitingBytes) return false;
    this.#bytes += bytes;
    this.#metrics.batching.waiting.bytes.set(this.#bytes);
    return true;
  }

  freeBytes(bytes: number): void {
    this.#bytes -= bytes;
    this.#metrics.batching.waiting.bytes.set(this.#bytes);
  }

  /** What a request is told that found no room for its bytes. */
  noRoomForBytes(): OutriggerError {
    this.#metrics.batchRefused.bytes.add();
    const { maxWaitingBytes } = this.#config;
    return new OutriggerError(
      'OVERLOADED',
      `waiting requests hold ${this.#bytes} bytes, ${maxWaitingBytes} may be held`,
    );
  }
}

/** The bytes that one request holds. */
export class Hold {
  readonly #room: WaitingRoom;
  #bytes = 0;
  #memory: Buffer | null = null;

  constructor(room: WaitingRoom) {
    this.#room = room;
  }

  /** False: there is no room for them, and nothing changed. */
  readonly add = (bytes: number): boolean => {
    if (!this.#room.holdBytes(bytes)) return false;
    this.#bytes += bytes;
    return true;
  };

  /** @throws OutriggerError OVERLOADED */
  mustAdd(bytes: number): void {
    if (!this.add(bytes)) throw this.noRoom();
  }

  /** Memory for its body. */
  readonly allocate = (bytes: number): Buffer => {
    this.#memory = this.#room.bodyMemory.take(bytes);
    return this.#memory;
  };

  /** The body's bytes are over: other requests may overwrite them. Twice is harmless. */
  recycle(): void {
    if (this.#memory !== null) this.#room.bodyMemory.giveBack(this.#memory);
    this.#memory = null;
  }

  noRoom(): OutriggerError {
    return this.#room.noRoomForBytes();
  }

  /** Twice is harmless. */
  free(): void {
    this.#room.freeBytes(this.#bytes);
    this.#bytes = 0;
  }
}
