// The events of a queue that are in memory: those that wait, in order, and those that were taken, until they end.
import type { SinkMetrics } from '../../log-metrics.ts';
import { WaitingLine } from '../queue/waiting-line.ts';
import type { SpooledEvent } from './spooled-event.ts';

export interface HeldEventsOptions {
  readonly maxBytes: number;
  readonly maxEvents: number;
  readonly metrics: SinkMetrics;
}

export class HeldEvents implements Iterable<SpooledEvent> {
  readonly #options: HeldEventsOptions;
  /** In the order of their arrival. */
  readonly #all = new Set<SpooledEvent>();
  /** Those that were not taken yet. */
  readonly #waiting = new WaitingLine<SpooledEvent>();
  #bytes = 0;

  constructor(options: HeldEventsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#all.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  get oldestMs(): number | null {
    const [oldest] = this.#all;
    return oldest?.queuedMs ?? null;
  }

  /** Room for so many bytes more. */
  fits(bytes: number): boolean {
    const { maxBytes, maxEvents } = this.#options;
    return this.#bytes + bytes <= maxBytes && this.#all.size < maxEvents;
  }

  /** `share` of the room, in bytes or in events, is taken. */
  exceeds(share: number): boolean {
    const { maxBytes, maxEvents } = this.#options;
    return this.#bytes > maxBytes * share || this.#all.size > maxEvents * share;
  }

  add(entry: SpooledEvent): void {
    entry.inMemory = true;
    this.#all.add(entry);
    this.#waiting.push(entry);
    this.#count(entry.bytes);
  }

  take(): SpooledEvent | undefined {
    return this.#waiting.shift();
  }

  /** Of one that was taken. False: it is not here any more. */
  remove(entry: SpooledEvent): boolean {
    if (!this.#all.delete(entry)) return false;
    this.#count(-entry.bytes);
    return true;
  }

  /** Nothing is going to be taken any more. */
  stop(): void {
    this.#waiting.takeAll();
  }

  [Symbol.iterator](): Iterator<SpooledEvent> {
    return this.#all.values();
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#options.metrics.queuedBytes.add(bytes);
  }
}
