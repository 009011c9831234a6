// The queue of one sink in memory: bounded by bytes and by count, the newest is dropped when it is full, nothing ever waits.
import type { SinkMetrics } from '../../log-metrics.ts';
import { type LogEvent, sizeOf } from '../event/log-event.ts';
import type { DropReason, Ending, EventQueue, QueuedEvent } from './event-queue.ts';
import { WaitingLine } from './waiting-line.ts';

export interface MemoryQueueOptions {
  /** Of all events not ended yet, as sizeOf counts them; those being delivered included. */
  readonly maxBytes: number;
  readonly maxEvents: number;
  readonly metrics: SinkMetrics;
}

export function openMemoryQueue(options: MemoryQueueOptions): EventQueue {
  return new MemoryQueue(options);
}

class MemoryQueue implements EventQueue {
  readonly #options: MemoryQueueOptions;
  readonly #waiting = new WaitingLine<QueuedEvent>();
  /** In the order of their arrival, which is the order they were taken in. */
  readonly #taken = new Set<QueuedEvent>();
  #bytes = 0;
  #closed = false;
  #ready: () => void = () => undefined;

  constructor(options: MemoryQueueOptions) {
    this.#options = options;
  }

  offer(event: LogEvent): null {
    const { metrics } = this.#options;
    const bytes = sizeOf(event);
    metrics.received(event.kind);
    const refusal = this.#refusal(bytes);
    if (refusal !== null) {
      metrics.ended(event.kind, refusal, event.dataBytes);
      return null;
    }
    this.#waiting.push({ event, bytes, queuedMs: performance.now(), spoolId: null });
    this.#add(bytes);
    this.#ready();
    return null;
  }

  take(): QueuedEvent | undefined {
    const queued = this.#waiting.shift();
    if (queued !== undefined) this.#taken.add(queued);
    return queued;
  }

  /** Of one that was ended already, also by `close`, nothing comes. */
  end(queued: QueuedEvent, ending: Ending): void {
    if (this.#taken.delete(queued)) this.#leave(queued, ending);
  }

  onReady(listener: () => void): void {
    this.#ready = listener;
    if (this.#waiting.length > 0) listener();
  }

  get depth(): number {
    return this.#waiting.length + this.#taken.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get oldestMs(): number | null {
    const [taken] = this.#taken;
    return (taken ?? this.#waiting.first)?.queuedMs ?? null;
  }

  async close(): Promise<{ readonly kept: number; readonly dropped: number }> {
    this.#closed = true;
    const left = [...this.#taken, ...this.#waiting.takeAll()];
    this.#taken.clear();
    for (const queued of left) this.#leave(queued, 'shutdown');
    return { kept: 0, dropped: left.length };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #refusal(bytes: number): DropReason | null {
    const { maxBytes, maxEvents } = this.#options;
    if (this.#closed) return 'shutdown';
    if (bytes > maxBytes) return 'too_large';
    return this.#bytes + bytes > maxBytes || this.depth >= maxEvents ? 'queue_full' : null;
  }

  #leave({ event, bytes }: QueuedEvent, ending: Ending): void {
    this.#add(-bytes);
    this.#options.metrics.ended(event.kind, ending, event.dataBytes);
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    this.#options.metrics.queuedBytes.add(bytes);
  }
}
