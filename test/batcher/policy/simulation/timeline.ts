// Simulated time: what happens next, in order; a heap of events.

interface Event {
  readonly atMs: number;
  readonly order: number; // of two at the same time the one that was planned first
  readonly run: () => void;
}

export class Timeline {
  nowMs = 0;
  readonly #heap: Event[] = [];
  #planned = 0;

  at(atMs: number, run: () => void): void {
    const heap = this.#heap;
    const event = { atMs: Math.max(atMs, this.nowMs), order: this.#planned++, run };
    let i = heap.length;
    for (let above = (i - 1) >> 1; i > 0 && earlier(event, heap[above] as Event); above = (i - 1) >> 1) {
      heap[i] = heap[above] as Event;
      i = above;
    }
    heap[i] = event;
  }

  runUntil(endMs: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= endMs; next = this.#heap[0]) {
      this.#removeFirst();
      this.nowMs = next.atMs;
      next.run();
    }
    this.nowMs = endMs;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop() as Event;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1] as Event, heap[child] as Event)) child++;
      if (!earlier(heap[child] as Event, last)) break;
      heap[i] = heap[child] as Event;
      i = child;
    }
    heap[i] = last;
  }
}

function earlier(one: Event, other: Event): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
