// The thread that waits for the disk, so that the request path does not: all that was asked for meanwhile is one transaction.
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { SpoolBallast } from './spool-ballast.ts';
import { failureOf, type SpoolFailure } from './spool-failure.ts';
import { isFileGone, moveAside, openStore } from './spool-files.ts';
import type { FromWorker, PageMessage, ToWorker, TurnMessage, WorkerSettings } from './spool-messages.ts';
import type { NewRow, SpoolStore } from './spool-store.ts';

/** A look at the folder has its price. */
const lookEveryMs = 1_000;

class SpoolWorker {
  readonly #port: MessagePort;
  readonly #settings: WorkerSettings;
  readonly #ballast: SpoolBallast;
  #store: SpoolStore | null = null;
  #lookedMs = 0;

  constructor(port: MessagePort, settings: WorkerSettings) {
    this.#port = port;
    this.#settings = settings;
    this.#ballast = new SpoolBallast(settings.dir);
    port.on('message', (first: ToWorker) => this.#serve(this.#allAfter(first)));
  }

  /** Turns that follow each other are written together; pages are read after the turns before them. */
  #serve(messages: readonly ToWorker[]): void {
    let turns: TurnMessage[] = [];
    for (const message of messages) {
      if (message.kind === 'turn') {
        turns.push(message);
        continue;
      }
      this.#write(turns);
      turns = [];
      if (message.kind === 'page') this.#read(message);
      else if (message.kind === 'open') this.#open();
      else this.#close();
    }
    this.#write(turns);
    this.#tidy();
  }

  #allAfter(first: ToWorker): ToWorker[] {
    const messages = [first];
    for (let next = receiveMessageOnPort(this.#port); next !== undefined; next = receiveMessageOnPort(this.#port)) {
      messages.push(next.message);
    }
    return messages;
  }

  #open(): void {
    try {
      this.#say({ kind: 'opened', found: this.#opened().found() });
    } catch (error) {
      this.#say({ kind: 'unopened', failure: this.#afterFailure(error) });
      return;
    }
    try {
      this.#ballast.hold(); // before an event waits for it
    } catch {
      // Without room for it rows can still be read; the first event to write meets the same failure and tells it.
    }
  }

  #write(turns: readonly TurnMessage[]): void {
    const turn = turns.at(-1)?.turn;
    if (turn === undefined) return;
    const deletes = turns.flatMap((message) => message.deletes);
    try {
      const store = this.#opened();
      const rows = turns.flatMap(rowsOf);
      if (rows.length > 0) this.#ballast.hold();
      store.write(rows, deletes);
      this.#say({ kind: 'written', turn });
    } catch (error) {
      const failure = this.#afterFailure(error);
      if (failure.kind === 'full') this.#relieve(deletes);
      this.#say({ kind: 'unwritten', turn, failure });
    }
  }

  /** What has been delivered makes room, if the disk is full because of us. */
  #relieve(deletes: readonly number[]): void {
    try {
      this.#ballast.release();
      this.#store?.deleteFrugally(deletes);
    } catch (error) {
      this.#afterFailure(error); // they will be asked for again
    }
  }

  #read(message: PageMessage): void {
    const { sink } = message;
    try {
      const page = this.#opened().page(message);
      const buffers = page.rows.map(({ data }) => data.buffer as ArrayBuffer);
      this.#say({ kind: 'page', sink, ...page }, buffers);
    } catch (error) {
      this.#say({ kind: 'unread', sink, failure: this.#afterFailure(error) });
    }
  }

  #opened(): SpoolStore {
    this.#look();
    if (this.#store !== null) return this.#store;
    const { store, damage } = openStore(this.#settings);
    this.#store = store;
    if (damage !== null) this.#say({ kind: 'lost', ...damage });
    return store;
  }

  #look(): void {
    const nowMs = performance.now();
    if (this.#store === null || nowMs - this.#lookedMs < lookEveryMs) return;
    this.#lookedMs = nowMs;
    const { dir } = this.#settings;
    if (!isFileGone(dir)) return;
    this.#store[Symbol.dispose]();
    this.#store = null;
    this.#ballast.release(); // with the folder, most likely
    this.#say({ kind: 'lost', aside: dir, failure: { kind: 'damaged', message: 'its file was taken away' } });
  }

  /** After a full disk the store goes on as it is; after anything else it is opened anew when it is wanted again. */
  #afterFailure(error: unknown): SpoolFailure {
    const failure = failureOf(error);
    const store = this.#store;
    if (failure.kind === 'full' || store === null) return failure;
    this.#store = null;
    try {
      store[Symbol.dispose]();
      if (failure.kind === 'damaged') {
        this.#say({ kind: 'lost', aside: moveAside(this.#settings.dir), failure });
      }
    } catch (second) {
      return failureOf(second);
    }
    return failure;
  }

  /** Step by step: whoever wants something written meanwhile does not wait for all of it. */
  #tidy(): void {
    if (this.#store === null) return;
    try {
      if (this.#store.tidy()) setImmediate(() => this.#tidy());
    } catch (error) {
      this.#afterFailure(error); // nothing that anybody waits for; the next turn says if it lasts
    }
  }

  #close(): void {
    try {
      this.#store?.[Symbol.dispose]();
      this.#say({ kind: 'closed', failure: null });
    } catch (error) {
      this.#say({ kind: 'closed', failure: failureOf(error) });
    }
    this.#store = null;
    this.#port.close();
  }

  #say(message: FromWorker, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}

function rowsOf({ ids, sinks, kinds, offsets, lengths, data }: TurnMessage): NewRow[] {
  return ids.map((id, index) => {
    const offset = offsets[index]!;
    return {
      id,
      sink: sinks[index]!,
      kind: kinds[index]!,
      data: data.subarray(offset, offset + lengths[index]!),
    };
  });
}

if (parentPort !== null) new SpoolWorker(parentPort, workerData as WorkerSettings);
