// The disk's thread as seen from the request path: started when it is wanted, begun anew when it died.
import { Worker } from 'node:worker_threads';
import type { FromWorker, ToWorker, WorkerSettings } from './spool-messages.ts';

export interface ThreadListener {
  heard(message: FromWorker): void;
  /** It ended without having been asked: nothing that was asked of it will be answered. */
  died(reason: string): void;
}

/** From source, and beside the built program (scripts/build.ts). */
const workerFile = new URL(
  import.meta.filename.endsWith('.ts') ? './spool-worker.ts' : './spool-worker.cjs',
  import.meta.url,
);
/** node:sqlite is a release candidate: it says so on stderr, in the worker only. Our own options (such as a loader) are not its. */
const execArgv = ['--disable-warning=ExperimentalWarning'];
/** Rows are outside of this heap; what is in it are messages. */
const maxHeapMb = 64;

export class SpoolThread {
  readonly #settings: WorkerSettings;
  readonly #listener: ThreadListener;
  #worker: Worker | null = null;

  constructor(settings: WorkerSettings, listener: ThreadListener) {
    this.#settings = settings;
    this.#listener = listener;
  }

  get alive(): boolean {
    return this.#worker !== null;
  }

  post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(message, transfer);
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(workerFile, {
      execArgv,
      workerData: this.#settings,
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
    });
    let reason = 'it ended by itself';
    worker.on('message', (message: FromWorker) => this.#listener.heard(message));
    worker.on('error', (error) => {
      reason = error.message;
    });
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      this.#listener.died(reason);
    });
    return worker;
  }
}
