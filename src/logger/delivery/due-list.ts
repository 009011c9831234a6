// Parcels that wait for another attempt, the one due first in front.
import type { Parcel } from './parcel.ts';

/** A binary heap: thousands may wait, each for its own time. */
export class DueList {
  readonly #heap: Parcel[] = [];

  get first(): Parcel | undefined {
    return this.#heap[0];
  }

  add(parcel: Parcel): void {
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (heap[above]!.dueMs <= parcel.dueMs) break;
      heap[place] = heap[above]!;
      place = above;
    }
    heap[place] = parcel;
  }

  takeFirst(): Parcel | null {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    if (last === first) return first;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below + 1 < heap.length && heap[below + 1]!.dueMs < heap[below]!.dueMs) below += 1;
      if (below >= heap.length || heap[below]!.dueMs >= last.dueMs) break;
      heap[place] = heap[below]!;
      place = below;
    }
    heap[place] = last;
    return first;
  }

  /** None waits longer than until then. Their order stays. */
  hasten(dueMs: number): void {
    for (const parcel of this.#heap) parcel.dueMs = Math.min(parcel.dueMs, dueMs);
  }
}
