// How many bytes of bodies may be copied at once: what is under way takes from it, what has become an event gives back.
import type { GaugeCell } from '../../instruments.ts';

export class ByteBudget {
  readonly #maxBytes: number;
  readonly #gauge: GaugeCell;
  #usedBytes = 0;

  /** `gauge` follows what is used. */
  constructor(maxBytes: number, gauge: GaugeCell) {
    this.#maxBytes = maxBytes;
    this.#gauge = gauge;
  }

  /** False: there is no room, and nothing was taken. */
  take(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.#maxBytes) return false;
    this.#usedBytes += bytes;
    this.#gauge.set(this.#usedBytes);
    return true;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
    this.#gauge.set(this.#usedBytes);
  }
}
