// The queue of one sink with a spool: events are written to disk, stay in memory as far as there is room, and leave both when they end.
import type { SinkMetrics } from '../../log-metrics.ts';
import { eventKinds, type LogEvent, sizeOf } from '../event/log-event.ts';
import type { DropReason, Ending, EventQueue, QueuedEvent } from '../queue/event-queue.ts';
import { HeldEvents } from './held-events.ts';
import type { Spool } from './spool.ts';
import { SpoolBacklog } from './spool-backlog.ts';
import type { SinkRows } from './spool-found.ts';
import type { PageAnswer } from './spool-messages.ts';
import type { StoredRow } from './spool-store.ts';
import { type Addition, kindNumber, type RowOwner } from './spool-turn.ts';
import { SpooledEvent } from './spooled-event.ts';

export interface SpoolQueueOptions {
  readonly spool: Spool;
  /** Its URL. */
  readonly sink: string;
  /** Of events in memory, those being delivered included; what is beyond is on disk only. */
  readonly memory: { readonly maxBytes: number; readonly maxEvents: number };
  readonly metrics: SinkMetrics;
}

export function openSpoolQueue(options: SpoolQueueOptions): EventQueue {
  const queue = new SpoolQueue(options);
  options.spool.attach(queue);
  return queue;
}

const pageRows = 256;
const pageBytes = 1024 * 1024;
/** Pages are read while less than this is in memory: enough to keep the deliveries busy, and a fresh event waits behind no more. */
export const maxReadAheadBytes = 4 * 1024 * 1024;
const rereadMs = 1_000;

class SpoolQueue implements EventQueue, RowOwner {
  readonly sink: number;
  readonly #options: SpoolQueueOptions;
  readonly #held: HeldEvents;
  readonly #backlog = new SpoolBacklog();
  #reading = false;
  #readTo = 0;
  /** Memory was full: events go to disk only, until half of it is free. */
  #overflowing = false;
  #closed = false;
  #ready: () => void = () => undefined;

  constructor(options: SpoolQueueOptions) {
    this.#options = options;
    this.#held = new HeldEvents({ ...options.memory, metrics: options.metrics });
    this.sink = options.spool.sinkNumber(options.sink);
  }

  offer(event: LogEvent): Promise<void> | null {
    const { spool, memory, metrics } = this.#options;
    const bytes = sizeOf(event);
    metrics.received(event.kind);
    if (this.#closed || bytes > memory.maxBytes) {
      return this.#refuse(event, this.#closed ? 'shutdown' : 'too_large');
    }
    const entry = new SpooledEvent(event, bytes);
    const fits = this.#held.fits(bytes);
    const outcome = spool.append(entry, this);
    if (outcome === 'full' || outcome === 'unavailable') {
      // A spool full of what another sink does not take harms none that does.
      return fits ? this.#hold(entry) : this.#refuse(event, outcome === 'full' ? 'spool_full' : 'queue_full');
    }
    if (!fits) this.#overflowing = true;
    if (this.#overflowing) this.#backlog.add(entry.spoolId!, kindNumber(event.kind));
    else this.#hold(entry);
    return outcome;
  }

  take(): QueuedEvent | undefined {
    const entry = this.#held.take();
    if (entry === undefined) this.#readAhead();
    return entry;
  }

  /** Of one that was ended already, and after `close`, nothing comes. */
  end(queued: QueuedEvent, ending: Ending): void {
    const entry = queued as SpooledEvent;
    if (this.#closed || !this.#held.remove(entry)) return;
    this.#options.metrics.ended(entry.event.kind, ending, entry.event.dataBytes);
    this.#options.spool.remove(entry);
    this.#recover();
  }

  onReady(listener: () => void): void {
    this.#ready = listener;
    if (this.#held.waits) listener();
    this.#readAhead();
  }

  get depth(): number {
    return this.#held.count + this.#backlog.rows;
  }

  get bytes(): number {
    return this.#held.bytes;
  }

  get oldestMs(): number | null {
    const heldMs = this.#held.oldestMs;
    const backlogMs = this.#backlog.sinceMs;
    return heldMs === null || backlogMs === null ? (heldMs ?? backlogMs) : Math.min(heldMs, backlogMs);
  }

  async close(): Promise<{ readonly kept: number; readonly dropped: number }> {
    const { spool, metrics } = this.#options;
    this.#closed = true;
    // What an ailing disk did not take may find room now.
    for (const entry of this.#held) {
      if (entry.spoolId !== null || spool.append(entry, this) !== 'unavailable') continue;
      await spool.settle(); // too much at once
      spool.append(entry, this);
    }
    await spool.settle();
    let kept = this.#backlog.rows;
    let dropped = 0;
    for (const entry of this.#held) {
      if (entry.spoolId !== null) kept += 1;
      else {
        dropped += 1;
        this.#held.remove(entry);
        metrics.ended(entry.event.kind, 'shutdown', entry.event.dataBytes);
      }
    }
    this.#held.stop();
    return { kept, dropped };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) await this.close();
  }

  found(rows: SinkRows): void {
    rows.kinds.forEach((events, kind) => {
      for (let nth = 0; nth < events; nth += 1) this.#options.metrics.received(eventKinds[kind]!);
    });
    this.#backlog.found(rows);
    this.#readAhead();
  }

  /** It stays in memory if it was there, or if there is room; one that has ended meanwhile needs nothing. */
  unwritten(entry: SpooledEvent, id: number): void {
    if (entry.inMemory || !this.#backlog.remove(id, kindNumber(entry.event.kind))) return;
    if (this.#closed || this.#held.fits(entry.bytes)) this.#hold(entry);
    else this.#refuse(entry.event, 'queue_full');
  }

  page(answer: PageAnswer | null): void {
    if (this.#closed) return;
    if (answer === null) this.#readAgain();
    else this.#readPage(answer);
  }

  lost(onTheirWay: readonly Addition[]): void {
    const missing = [...this.#backlog.clear()];
    for (const { entry, id } of onTheirWay) {
      if (entry.inMemory) continue;
      const kind = kindNumber(entry.event.kind);
      missing[kind]! -= 1;
      this.#backlog.add(id, kind);
    }
    if (!this.#overflowing) this.#backlog.closeRange();
    const unwritten = new Set(onTheirWay.map(({ entry }) => entry));
    for (const entry of this.#held) if (!unwritten.has(entry)) entry.spoolId = null;
    this.#miss(missing);
  }

  #readPage({ rows, complete }: PageAnswer): void {
    const broken = rows.filter((row) => !this.#readRow(row));
    const missing = this.#backlog.read(complete ? this.#readTo : rows.at(-1)!.id);
    this.#reading = false; // not before: whoever takes an event of this page asks for the next one
    if (missing !== null) this.#miss(missing);
    this.#options.spool.reports.corrupt(broken.length);
    this.#readAhead();
  }

  /** False: it is no event. */
  #readRow({ id, kind, bytes, data }: StoredRow): boolean {
    this.#backlog.remove(id, kind);
    const event = this.#options.spool.stored.read(data);
    if (event === null) {
      this.#options.metrics.ended(eventKinds[kind]!, 'corrupt', 0);
      this.#options.spool.remove({ spoolId: id, storedBytes: bytes });
      return false;
    }
    const entry = new SpooledEvent(event, sizeOf(event));
    entry.spoolId = id;
    entry.storedBytes = bytes;
    this.#hold(entry);
    return true;
  }

  /** They were on disk, and are not. By index of eventKinds. */
  #miss(missing: readonly number[]): void {
    let total = 0;
    missing.forEach((events, kind) => {
      total += events;
      for (let nth = 0; nth < events; nth += 1) this.#options.metrics.ended(eventKinds[kind]!, 'corrupt', 0);
    });
    this.#options.spool.reports.corrupt(total);
  }

  #refuse(event: LogEvent, reason: DropReason): null {
    this.#options.metrics.ended(event.kind, reason, event.dataBytes);
    return null;
  }

  #hold(entry: SpooledEvent): null {
    this.#held.add(entry);
    this.#ready();
    return null;
  }

  #recover(): void {
    if (this.#overflowing && !this.#held.exceeds(1 / 2)) {
      this.#overflowing = false;
      this.#backlog.closeRange();
    }
    this.#readAhead();
  }

  #readAhead(): void {
    const { spool, memory } = this.#options;
    if (this.#reading || this.#closed || this.#held.bytes > maxReadAheadBytes || this.#held.exceeds(1 / 4)) return;
    const next = this.#backlog.next();
    if (next === null) return;
    this.#readTo = next.upTo;
    const limits = {
      maxRows: Math.min(pageRows, Math.ceil(memory.maxEvents / 4)),
      maxBytes: Math.min(pageBytes, memory.maxBytes / 4),
    };
    this.#reading = true;
    if (!spool.readPage(this, { ...next, ...limits })) this.#readAgain();
  }

  #readAgain(): void {
    this.#reading = true; // nothing else tries meanwhile
    setTimeout(() => {
      this.#reading = false;
      this.#readAhead();
    }, rereadMs).unref();
  }
}
