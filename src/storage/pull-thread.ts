// Pulls as seen from the rest of the agent: one thread for all of them, started with the first.
import { Worker } from 'node:worker_threads';
import { OutriggerError } from '../errors.ts';
import type { PullProgress } from './download/progress.ts';
import type { PullJob, PullResult } from './pull-job.ts';
import type { FromPullWorker, PullWorkerSettings, ToPullWorker } from './pull-messages.ts';

export interface PullWatch {
  readonly signal: AbortSignal;
  /** Ten times a second, and once at the end. */
  readonly onProgress: (progress: PullProgress) => void;
}

interface Waiting extends PullWatch {
  readonly resolve: (result: PullResult) => void;
  readonly reject: (error: Error) => void;
}

/** From source, and beside the built program (scripts/build.ts). */
const workerFile = new URL(
  import.meta.filename.endsWith('.ts') ? './pull-worker.ts' : './pull-worker.cjs',
  import.meta.url,
);

/** Chunks are let go at once: a larger nursery would only be a larger memory. */
const youngMb = 8;

export class PullThread implements AsyncDisposable {
  readonly #settings: PullWorkerSettings;
  #worker: Worker | null = null;
  #nextId = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** `niceness`: 10 beside a request path, which then goes first; 0 where nobody else waits. */
  constructor(settings: PullWorkerSettings) {
    this.#settings = settings;
  }

  /** A cancelled one rejects with PULL_CANCELLED when its files are closed. @throws OutriggerError what the pull throws */
  pull(job: PullJob, watch: PullWatch): Promise<PullResult> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { ...watch, resolve, reject });
      this.#post({ kind: 'pull', id, job });
      const cancel = (): void => this.#post({ kind: 'cancel', id });
      if (watch.signal.aborted) cancel();
      else watch.signal.addEventListener('abort', cancel, { once: true });
    });
  }

  /** Ends the thread, and what it does: a pull that was under way can be taken up again later. */
  async [Symbol.asyncDispose](): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
    this.#fail('the agent ends');
  }

  #post(message: ToPullWorker): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(message);
  }

  #start(): Worker {
    const worker = new Worker(workerFile, {
      execArgv: [],
      workerData: this.#settings,
      resourceLimits: { maxYoungGenerationSizeMb: youngMb },
    });
    let reason = 'it ended by itself';
    worker.on('message', (message: FromPullWorker) => this.#hear(message));
    worker.on('error', (error) => {
      reason = error.message;
    });
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      this.#fail(`the thread of pulls died: ${reason}`);
    });
    return worker;
  }

  #hear(message: FromPullWorker): void {
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    if (message.kind === 'progress') {
      waiting.onProgress(message.progress);
      return;
    }
    this.#waiting.delete(message.id);
    if (message.kind === 'pulled') waiting.resolve(message.result);
    else if (message.code === null) waiting.reject(new OutriggerError('INTERNAL', message.message));
    else waiting.reject(new OutriggerError(message.code, message.message));
  }

  #fail(message: string): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(new OutriggerError('INTERNAL', message));
  }
}
