// Which fresh events travel together: one each, or as many as fit after a short wait for others.
import type { EventSource, QueuedEvent } from '../queue/event-queue.ts';
import { type Parcel, parcelOf } from './parcel.ts';

export interface BatchBounds {
  readonly events: number;
  readonly bytes: number; // of payloads; one event alone may have more
  readonly queuedBytes: number; // of events as their queue counts them: what is gathered must not fill it
  readonly lingerMs: number; // counted from when the first of them was queued; Infinity: until they are enough
}

export class FreshParcels {
  readonly #source: EventSource;
  readonly #bounds: BatchBounds;
  #gathered: QueuedEvent[] = [];
  #bytes = 0;
  #queuedBytes = 0;

  constructor(source: EventSource, bounds: BatchBounds) {
    this.#source = source;
    this.#bounds = bounds;
  }

  /** Null: nothing waits, or what does waits for others, until `readyMs` at the latest. `impatient`: it must not. */
  take(nowMs: number, impatient: boolean): Parcel | null {
    const { events, bytes } = this.#bounds;
    while (this.#gathered.length < events) {
      const next = this.#source.take();
      if (next === undefined) break;
      if (this.#gathered.length > 0 && this.#bytes + next.event.dataBytes > bytes) return this.#release([next]);
      this.#gathered.push(next);
      this.#bytes += next.event.dataBytes;
      this.#queuedBytes += next.bytes;
      if (this.#queuedBytes >= this.#bounds.queuedBytes) break;
    }
    if (this.#gathered.length === 0) return null;
    const queueFull = this.#queuedBytes >= this.#bounds.queuedBytes;
    const full = this.#gathered.length >= events || this.#bytes >= bytes || queueFull;
    return full || impatient || nowMs >= this.readyMs ? this.#release([]) : null;
  }

  /** A single one. */
  takeOne(): Parcel | null {
    const first = this.#gathered.shift();
    if (first !== undefined) {
      this.#bytes -= first.event.dataBytes;
      this.#queuedBytes -= first.bytes;
    }
    const one = first ?? this.#source.take();
    return one === undefined ? null : parcelOf([one]);
  }

  /** When those that are here have waited long enough for others; Infinity: there are none. */
  get readyMs(): number {
    const [first] = this.#gathered;
    return first === undefined ? Number.POSITIVE_INFINITY : first.queuedMs + this.#bounds.lingerMs;
  }

  #release(rest: QueuedEvent[]): Parcel {
    const parcel = parcelOf(this.#gathered);
    this.#gathered = rest;
    this.#bytes = rest[0]?.event.dataBytes ?? 0;
    this.#queuedBytes = rest[0]?.bytes ?? 0;
    return parcel;
  }
}
