// The thread of stores as seen from the senders: one for all of them, begun anew when it died.
import { Worker } from 'node:worker_threads';
import type { Attempt, Carrier } from '../delivery/delivery.ts';
import type { BlobSettings, DeliverMessage, FromBlobWorker } from './blob-messages.ts';
import { packEvents } from './kept-event.ts';
import { readBucketUri } from './open-bucket.ts';

type Done = (attempt: Attempt) => void;
/** The client of a store cannot be opened: everything waits until it can. */
type OnUnusable = (url: string, message: string) => void;

/** From source, and beside the built program (scripts/build.ts). */
const workerFile = new URL(
  import.meta.filename.endsWith('.ts') ? './blob-worker.ts' : './blob-worker.cjs',
  import.meta.url,
);

/** Disposed of, it ends what is under way. */
export class BlobThread implements AsyncDisposable {
  readonly #settings: BlobSettings;
  readonly #onUnusable: OnUnusable;
  readonly #waiting = new Map<number, Done>();
  #worker: Worker | null;
  #nextId = 0;
  #closed = false;

  /** Starts it. @throws OutriggerError CONFIG_INVALID, MODEL_URI_INVALID: a URL names no bucket */
  constructor(settings: BlobSettings, onUnusable: OnUnusable) {
    for (const url of settings.urls) readBucketUri(url);
    this.#settings = settings;
    this.#onUnusable = onUnusable;
    this.#worker = this.#start();
  }

  /** `url`: one of the settings. Disposing of it leaves the thread to the others. */
  carrier(url: string): Carrier {
    const store = this.#settings.urls.indexOf(url);
    return {
      together: true,
      deliver: (events, done) => {
        const packed = packEvents(events);
        this.#post({ id: this.#nextId, store, events: packed }, done);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#end('the agent ends');
  }

  #post(message: DeliverMessage, done: Done): void {
    if (this.#closed) {
      process.nextTick(done, failed('the agent ends'));
      return;
    }
    this.#nextId += 1;
    this.#waiting.set(message.id, done);
    this.#worker ??= this.#start();
    this.#worker.postMessage(message, [message.events.payloads]);
  }

  #start(): Worker {
    const worker = new Worker(workerFile, { execArgv: [], workerData: this.#settings });
    let reason = 'it ended by itself';
    worker.on('message', (message: FromBlobWorker) => this.#hear(message));
    worker.on('error', (error) => {
      reason = error.message;
    });
    worker.on('exit', () => {
      if (this.#worker === worker) void this.#end(reason);
    });
    return worker;
  }

  #hear(message: FromBlobWorker): void {
    if (message.kind === 'unusable') {
      this.#onUnusable(this.#settings.urls[message.store]!, message.message);
      return;
    }
    const done = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    done?.(message.attempt);
  }

  /** What it had under way is tried again, in another one. */
  async #end(reason: string): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const done of waiting) done(failed(reason));
  }
}

function failed(message: string): Attempt {
  return { kind: 'failed', code: 'thread', message };
}
