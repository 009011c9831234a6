// The spool of all sinks: events that are owed go to disk in one message a turn, and whoever owes them waits for that turn.
import type { SpoolConfig } from '../../config/slices.ts';
import type { Log } from '../../log.ts';
import type { LogMetrics } from '../../log-metrics.ts';
import { boundedWait } from './bounded-wait.ts';
import { sinkNumber } from './sink-number.ts';
import type { SpoolFailure } from './spool-failure.ts';
import { SpoolFound } from './spool-found.ts';
import { SpoolHealth } from './spool-health.ts';
import type { FromWorker, PageAnswer, TurnMessage } from './spool-messages.ts';
import { SpoolReports } from './spool-reports.ts';
import type { FoundRows, PageBounds } from './spool-store.ts';
import { SpoolThread } from './spool-thread.ts';
import type { Addition, RowOwner } from './spool-turn.ts';
import { SpoolTurns } from './spool-turns.ts';
import type { SpooledEvent } from './spooled-event.ts';
import { StoredEvents } from './stored-event.ts';

export interface SpoolParts {
  readonly config: SpoolConfig;
  readonly metrics: LogMetrics;
  readonly log: Log;
  /** After a failure nothing is tried for so long. Default 5,000. */
  readonly retryMs?: number;
  /** Bound of the database file in pages of 8 KiB, for tests of a full disk. */
  readonly maxPages?: number;
}

/** Copies on their way to a disk that hangs; with more of them events stay in memory only. */
const maxTransitBytes = 16 * 1024 * 1024;
/** An end does not wait longer for a disk that hangs. */
const maxCloseMs = 5_000;

/** Never rejects: what cannot be opened is an ERROR in the log, and tried again when there is something to write. */
export async function openSpool(parts: SpoolParts): Promise<Spool> {
  const spool = new Spool(parts);
  await spool.open();
  // Whoever has a queue here opens it in this turn.
  setImmediate(() => spool.reportStrangers());
  return spool;
}

export class Spool implements AsyncDisposable {
  readonly reports: SpoolReports;
  readonly stored = new StoredEvents();
  readonly #parts: SpoolParts;
  readonly #health: SpoolHealth;
  readonly #thread: SpoolThread;
  readonly #turns: SpoolTurns;
  readonly #owners = new Map<number, RowOwner>();
  readonly #reading = new Set<RowOwner>();
  #state: 'opening' | 'open' | 'shut' = 'shut';
  /** Null until the database could be opened: rows of earlier runs whose queue is not open yet. */
  #found: SpoolFound | null = null;
  #nextId = 1;
  #bytes = 0;
  #answered: () => void = () => undefined;
  #closed = false;

  constructor(parts: SpoolParts) {
    const { config, metrics, log, retryMs = 5_000, maxPages = null } = parts;
    this.#parts = parts;
    this.reports = new SpoolReports(config.dir, { log, metrics });
    this.#health = new SpoolHealth({ dir: config.dir, log, retryMs });
    this.#thread = new SpoolThread(
      { dir: config.dir, sync: config.sync, maxPages },
      { heard: (message) => this.#heard(message), died: (reason) => this.#died(reason) },
    );
    this.#turns = new SpoolTurns({
      waitMs: config.waitMs,
      metrics,
      post: (message, transfer) => this.#send(message, transfer),
      mayDelete: () => this.#mayWrite(),
      onUnwritten: (addition) => this.#unwritten(addition),
    });
  }

  /** Resolves when the database was opened, or was not. */
  open(): Promise<void> {
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.#open();
    });
  }

  /** What stands for it in the database. */
  sinkNumber(url: string): number {
    return sinkNumber(url, (sink) => this.#owners.has(sink));
  }

  attach(owner: RowOwner): void {
    this.#owners.set(owner.sink, owner);
    this.#hand(owner);
  }

  /** A promise: on its way. full: --log-spool-max-bytes; unavailable: the disk does not take it now. Both are counted here. */
  append(entry: SpooledEvent, owner: RowOwner): Promise<void> | 'full' | 'unavailable' {
    const { metrics, config } = this.#parts;
    if (!this.#mayWrite()) {
      metrics.unspooled('failed').add();
      return 'unavailable';
    }
    if (this.#turns.bytes >= maxTransitBytes) {
      metrics.unspooled('late').add();
      return 'unavailable';
    }
    if (this.#bytes + entry.event.dataBytes > config.maxBytes) return this.reports.full();
    const stored = this.stored.writeOnce(entry.event);
    if (this.#bytes + stored.byteLength > config.maxBytes) return this.reports.full();
    const id = this.#nextId;
    this.#nextId += 1;
    this.#count(stored.byteLength);
    return this.#turns.add({ entry, owner, id }, stored);
  }

  /** Its row is not wanted any more. */
  remove(row: { spoolId: number | null; readonly storedBytes: number }): void {
    const id = row.spoolId;
    if (id === null) return;
    row.spoolId = null;
    this.#count(-row.storedBytes);
    this.#turns.delete(id);
  }

  /** False: not now. Otherwise `owner.page` is called once. */
  readPage(owner: RowOwner, bounds: Omit<PageBounds, 'sink'>): boolean {
    if (this.#state !== 'open' || !this.#thread.alive) return false;
    this.#turns.flush(); // rows that it may have to find
    this.#reading.add(owner);
    this.#thread.post({ kind: 'page', sink: owner.sink, ...bounds });
    return true;
  }

  /** Everything that was asked for is on disk, or failed; or it takes too long. */
  async settle(): Promise<void> {
    await boundedWait(maxCloseMs, (resolve) => this.#turns.settle(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.settle();
    this.#turns.stop();
    if (this.#thread.alive) {
      await boundedWait(maxCloseMs, (resolve) => {
        this.#answered = resolve;
        this.#thread.post({ kind: 'close' });
      });
    }
    await this.#thread.stop();
  }

  /** Rows of sinks that have no queue. */
  reportStrangers(): void {
    this.reports.strangers(this.#found?.events ?? 0);
  }

  #open(): void {
    this.#state = 'opening';
    this.#thread.post({ kind: 'open' });
  }

  #send(message: TurnMessage, transfer: ArrayBuffer[]): void {
    this.stored.forgetLast(); // its memory goes with the message
    this.#thread.post(message, transfer);
  }

  /** A database that is not open is not waited for: it is opened beside, for later events. */
  #mayWrite(): boolean {
    if (this.#state === 'open') return this.#turns.hasBegun || this.#health.mayTry();
    if (this.#state === 'shut' && !this.#closed && this.#health.mayTry()) this.#open();
    return false;
  }

  #heard(message: FromWorker): void {
    const { kind } = message;
    if (kind === 'unwritten' || kind === 'unread') this.#health.failed(message.failure);
    if (kind === 'written') {
      this.#health.worked();
      this.#turns.written(message.turn);
    } else if (kind === 'unwritten') this.#turns.unwritten(message.turn);
    else if (kind === 'page') this.#page(message.sink, message);
    else if (kind === 'unread') this.#page(message.sink, null);
    else if (kind === 'opened') this.#opened(message.found);
    else if (kind === 'unopened') this.#shut(message.failure);
    else if (kind === 'lost') this.#lost(message.failure, message.aside);
    else this.#answered();
  }

  #opened(found: readonly FoundRows[]): void {
    this.#state = 'open';
    this.#health.worked();
    if (this.#found === null) {
      this.#found = new SpoolFound(found);
      this.#count(this.#found.bytes);
      this.#nextId = this.#found.lastId + 1;
      for (const owner of this.#owners.values()) this.#hand(owner);
    }
    this.#answered();
  }

  #shut(failure: SpoolFailure): void {
    this.#state = 'shut';
    this.#health.failed(failure);
    this.#answered();
  }

  #died(reason: string): void {
    if (this.#closed) this.#answered();
    else this.#shut({ kind: 'broken', message: `its thread has ended: ${reason}` });
    this.#turns.unwritten(Number.POSITIVE_INFINITY);
    for (const owner of [...this.#reading]) this.#page(owner.sink, null);
  }

  #lost(failure: SpoolFailure, aside: string): void {
    this.reports.begunAnew(failure, aside);
    const additions = this.#turns.additions;
    this.#count(-this.#bytes);
    for (const { entry } of additions) if (entry.spoolId !== null) this.#count(entry.storedBytes);
    for (const owner of this.#owners.values()) owner.lost(additions.filter((addition) => addition.owner === owner));
  }

  #unwritten({ entry, id, owner }: Addition): void {
    if (entry.spoolId !== null) this.#count(-entry.storedBytes);
    entry.spoolId = null;
    owner.unwritten(entry, id);
  }

  #page(sink: number, answer: PageAnswer | null): void {
    const owner = this.#owners.get(sink);
    if (owner !== undefined && this.#reading.delete(owner)) owner.page(answer);
  }

  #hand(owner: RowOwner): void {
    const rows = this.#found?.take(owner.sink);
    if (rows) owner.found(rows);
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#parts.metrics.spoolBytes.set(this.#bytes);
  }
}
