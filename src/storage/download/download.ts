// Fetches the files of a model over many connections at once, all of them working on one queue of ranges, until each is whole.
import type { TransferConfig } from '../../config/storage-config.ts';
import { OutriggerError } from '../../errors.ts';
import type { HashThread } from '../checksum/hash-thread.ts';
import type { Staging } from '../folder/staging.ts';
import type { HttpClient, HttpLane } from '../http/http-client.ts';
import type { RemoteStore } from '../object-store.ts';
import type { WantedFile } from '../uri/wanted-files.ts';
import { ConnectionGrowth } from './connection-growth.ts';
import type { ConnectionSeat } from './connection-share.ts';
import { describeObject } from './describe-object.ts';
import { Ending } from './ending.ts';
import { fetchPart } from './fetch-part.ts';
import { FileDownload } from './file-download.ts';
import { finishFile } from './finish-file.ts';
import type { Part } from './part.ts';
import type { PullProgress } from './progress.ts';
import { readPages } from './read-pages.ts';
import { Recovery } from './recovery.ts';
import { RoomCheck } from './room-check.ts';
import { WorkQueue } from './work-queue.ts';

export interface DownloadParts {
  /** Of the model, for messages: redacted. */
  readonly shownUri: string;
  readonly store: RemoteStore;
  readonly http: HttpClient;
  readonly staging: Staging;
  readonly hashes: HashThread;
  readonly transfer: TransferConfig;
  /** Among the pulls that share the connections; default: it has them alone. */
  readonly seat?: ConnectionSeat;
  readonly progress: PullProgress;
  /** Of one compressed file, decompressed, and of one whose size nobody told. */
  readonly maxUnpackedBytes: number;
  readonly signal: AbortSignal;
}

/** Files that are whole and on their way to the disk for good (fsync): their descriptors are open. */
const maxFinishing = 64;
/** Pages are read no further ahead of the connections than this, so that memory stays flat. */
const maxWaitingFiles = 2_000;
/** How often the number of connections is thought over. */
const growthMs = 20;

/** Resolves when every file of every page is complete in staging. @throws OutriggerError the first that cannot be cured */
export async function downloadFiles(pages: AsyncIterable<readonly WantedFile[]>, parts: DownloadParts): Promise<void> {
  const download = new Download(parts);
  const cancel = () => download.fail(new OutriggerError('PULL_CANCELLED', 'interrupted'));
  parts.signal.addEventListener('abort', cancel, { once: true });
  if (parts.signal.aborted) cancel();
  try {
    await download.run(pages);
  } finally {
    parts.signal.removeEventListener('abort', cancel);
  }
}

class Download {
  readonly #parts: DownloadParts;
  readonly #queue = new WorkQueue();
  readonly #growth: ConnectionGrowth;
  readonly #recovery: Recovery;
  readonly #room: RoomCheck;
  /** Ends everything that is under way: a cancel from outside, or the first failure. */
  readonly #ending = new AbortController();
  readonly #exchanges = new Ending();
  #failure: Error | null = null;
  #listed = false;
  #lanes = 0;
  #beginning = 0;
  #finishing = 0;
  readonly #files = new Set<FileDownload>(); // that are open

  constructor(parts: DownloadParts) {
    this.#parts = parts;
    this.#growth = new ConnectionGrowth(parts.transfer);
    this.#room = new RoomCheck(parts);
    this.#recovery = new Recovery({
      ...parts,
      signal: this.#ending.signal,
      requeue: (again) => this.#queue.addParts(again),
      slowDown: () => this.#growth.slowDown(performance.now()),
    });
  }

  /** The first one is told; what is under way ends. */
  fail(failure: Error): void {
    if (this.#failure !== null) return;
    this.#failure = failure;
    this.#ending.abort(failure);
    this.#exchanges.end();
    for (const file of this.#files) file.giveUp();
    this.#queue.wake();
  }

  async run(pages: AsyncIterable<readonly WantedFile[]>): Promise<void> {
    const timer = setInterval(() => this.#grow(), growthMs);
    try {
      await this.#list(pages).catch((failure) => this.fail(failure));
      while (this.#failure === null && !this.#done) await this.#queue.changed();
      // Nobody may still write when the folder is given back.
      while (this.#lanes > 0 || this.#finishing > 0) await this.#queue.changed();
    } finally {
      clearInterval(timer);
      for (const file of this.#files) file.close();
      this.#parts.progress.connections = 0;
    }
    if (this.#failure !== null) throw this.#failure;
  }

  get #done(): boolean {
    return this.#listed && !this.#queue.hasWork && this.#queue.active + this.#beginning + this.#finishing === 0;
  }

  async #list(pages: AsyncIterable<readonly WantedFile[]>): Promise<void> {
    const { progress } = this.#parts;
    for await (const page of readPages(pages, this.#ending.signal)) {
      progress.listedFiles += page.length;
      for (const { object } of page) progress.listedBytes += object.bytes ?? 0;
      await this.#room.add(page);
      this.#queue.addFiles(page);
      this.#grow();
      while (this.#queue.waitingFiles > maxWaitingFiles && this.#failure === null) await this.#queue.changed();
    }
    this.#listed = true;
    progress.listing = false;
    this.#queue.wake();
  }

  #grow(): void {
    const { progress } = this.#parts;
    const busy = this.#queue.hasWork && this.#queue.active >= this.#lanes;
    this.#growth.look({ totalBytes: progress.fetchedBytes, nowMs: performance.now(), busy });
    // A part under way can be halved: an idle connection may be of use even when nothing waits.
    const useful = this.#queue.hasWork ? this.#most : Math.min(this.#most, this.#lanes);
    while (this.#lanes < useful && this.#failure === null) void this.#work();
    progress.connections = this.#lanes;
  }

  /** As many connections as it should have now. */
  get #most(): number {
    const { seat, transfer } = this.#parts;
    return Math.min(this.#growth.wanted, seat?.most(transfer.maxConnections) ?? transfer.maxConnections);
  }

  #countLanes(change: 1 | -1): void {
    this.#lanes += change;
    const { seat } = this.#parts;
    if (seat !== undefined) seat.inUse = this.#lanes;
  }

  /** One connection, for as long as it is of use. */
  async #work(): Promise<void> {
    this.#countLanes(1);
    const lane = this.#parts.http.openLane(this.#parts.store.reach);
    try {
      while (this.#failure === null && !this.#done && this.#lanes <= Math.max(1, this.#most)) {
        await this.#workOnce(lane);
      }
    } catch (failure) {
      this.fail(failure as Error);
    } finally {
      lane.close();
      this.#countLanes(-1);
      this.#queue.wake();
    }
  }

  /** Looks and then waits without a break between them: a change cannot be missed. */
  #workOnce(lane: HttpLane): Promise<void> {
    if (this.#finishing >= maxFinishing) return this.#queue.changed();
    const part = this.#queue.takePart();
    if (part !== undefined) return this.#fetch(lane, part);
    const file = this.#queue.takeFile();
    if (file !== undefined) return this.#begin(lane, file);
    const half = this.#queue.steal();
    return half === undefined ? this.#queue.changed() : this.#fetch(lane, half);
  }

  async #begin(lane: HttpLane, file: WantedFile): Promise<void> {
    this.#beginning += 1;
    try {
      await this.#open(lane, file);
    } finally {
      this.#beginning -= 1;
      this.#queue.wake();
    }
  }

  async #open(lane: HttpLane, { object: listed, path }: WantedFile): Promise<void> {
    const { store, staging, hashes, transfer, progress } = this.#parts;
    const staged = await staging.open({ path, object: listed });
    if (staged === null) {
      progress.doneFiles += 1;
      progress.doneBytes += listed.bytes ?? 0;
      progress.keptBytes += listed.bytes ?? 0;
      return;
    }
    const stagedPath = staging.pathOf(path);
    const file = new FileDownload({ staged, object: listed, hashes, stagedPath, partBytes: transfer.partBytes });
    this.#files.add(file);
    const describe = { store, lane, recovery: this.#recovery, signal: this.#ending.signal };
    if (!file.whole) file.describe(await describeObject(listed, describe));
    if (this.#failure !== null) return;
    const missing = file.begin();
    progress.doneBytes += file.writtenBytes;
    progress.keptBytes += file.writtenBytes;
    if (missing.length === 0) this.#finish(file, null);
    this.#queue.addParts(missing);
  }

  async #fetch(lane: HttpLane, part: Part): Promise<void> {
    const { store, progress, maxUnpackedBytes: maxUntoldBytes } = this.#parts;
    const count = (bytes: number) => {
      progress.fetchedBytes += bytes;
      progress.doneBytes += bytes;
      part.file.writtenBytes += bytes;
    };
    try {
      while (!part.done && !part.stale && this.#failure === null) {
        const from = part.next;
        const setback = await fetchPart({ lane, part, store, maxUntoldBytes, count, ending: this.#exchanges });
        if (this.#failure === null && setback !== null) await this.#recovery.after(setback, { part, from });
      }
    } finally {
      this.#queue.end(part);
    }
    if (part.done && !part.stale && part.file.partDone(part)) this.#finish(part.file, part);
  }

  /** Not awaited by the connection, which goes on with other bytes. */
  #finish(file: FileDownload, last: Part | null): void {
    this.#finishing += 1;
    this.#complete(file, last)
      .catch((failure) => this.fail(failure))
      .finally(() => {
        this.#finishing -= 1;
        this.#queue.wake();
      });
  }

  async #complete(file: FileDownload, last: Part | null): Promise<void> {
    const finish = { ...this.#parts, recovery: this.#recovery, signal: this.#ending.signal };
    if (await finishFile(file, last, finish)) this.#files.delete(file);
  }
}
