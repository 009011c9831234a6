// Pulls as seen from the rest of the agent: one thread for all of them, started with the first.
import { Worker } from 'node:worker_threads';
import { type ErrorCode, OutriggerError } from '../errors.ts';
import type { PullProgress } from './download/progress.ts';
import type { ModelChange } from './look.ts';
import type { PullJob, PullResult } from './pull-job.ts';
import type { FromPullWorker, PullWorkerSettings, ToPullWorker } from './pull-messages.ts';

export interface PullWatch {
  readonly signal: AbortSignal;
  /** Ten times a second, and once at the end. */
  readonly onProgress: (progress: PullProgress) => void;
}

type Order = Extract<ToPullWorker, { job: PullJob }>;
type Answered = Extract<FromPullWorker, { kind: 'pulled' | 'looked' }>;

/** One order, of which nobody hears any more once it is settled. */
interface Waiting {
  readonly onProgress: (progress: PullProgress) => void;
  readonly resolve: (answer: Answered) => void;
  readonly reject: (error: Error) => void;
  readonly settled: () => void;
}

/** From source, and beside the built program (scripts/build.ts). */
const workerFile = new URL(
  import.meta.filename.endsWith('.ts') ? './pull-worker.ts' : './pull-worker.cjs',
  import.meta.url,
);

/** Chunks are let go at once: a larger nursery would only be a larger memory. */
const youngMb = 8;

/**
 * More than the largest model needs. V8 lets a heap without a limit grow to four times what is alive before it looks for garbage,
 * one with this limit by 60 %.
 */
const oldMb = 1024;

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
  async pull(job: PullJob, { signal, onProgress }: PullWatch): Promise<PullResult> {
    const answer = await this.#order({ kind: 'pull', job }, { signal, onProgress });
    return (answer as Extract<Answered, { kind: 'pulled' }>).result;
  }

  /**
   * Is what the job would pull still what the folder `target` says that it came from? Lists the store and fetches nothing.
   * `unknown`: see `ModelChange`. @throws OutriggerError as a pull: PULL_CANCELLED, MODEL_NOT_FOUND, STORE_DENIED, ...
   */
  async look(job: PullJob, { signal }: Pick<PullWatch, 'signal'>): Promise<ModelChange> {
    const answer = await this.#order({ kind: 'look', job }, { signal, onProgress: () => undefined });
    return (answer as Extract<Answered, { kind: 'looked' }>).change;
  }

  async #order(order: Pick<Order, 'kind' | 'job'>, { signal, onProgress }: PullWatch): Promise<Answered> {
    if (signal.aborted) throw new OutriggerError('PULL_CANCELLED', 'interrupted');
    const id = this.#nextId;
    this.#nextId += 1;
    this.#worker ??= this.#start();
    this.#worker.postMessage({ ...order, id } satisfies ToPullWorker);
    const { promise, resolve, reject } = Promise.withResolvers<Answered>();
    const cancel = (): void => this.#worker?.postMessage({ kind: 'cancel', id } satisfies ToPullWorker);
    signal.addEventListener('abort', cancel, { once: true });
    const settled = (): void => signal.removeEventListener('abort', cancel);
    this.#waiting.set(id, { onProgress, resolve, reject, settled });
    return promise;
  }

  /** Ends the thread, and what it does: a pull that was under way can be taken up again later. */
  async [Symbol.asyncDispose](): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
    this.#failAll('PULL_CANCELLED', 'the agent ends');
  }

  #start(): Worker {
    const worker = new Worker(workerFile, {
      execArgv: [],
      workerData: this.#settings,
      resourceLimits: { maxYoungGenerationSizeMb: youngMb, maxOldGenerationSizeMb: oldMb },
    });
    let reason = 'it ended by itself';
    worker.on('message', (message: FromPullWorker) => this.#hear(message));
    worker.on('error', (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      this.#failAll('INTERNAL', `the thread of pulls died: ${reason}`);
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
    waiting.settled();
    if (message.kind !== 'failed') waiting.resolve(message);
    else waiting.reject(new OutriggerError(message.code ?? 'INTERNAL', message.message));
  }

  #failAll(code: ErrorCode, message: string): void {
    for (const [id, { reject, settled }] of this.#waiting) {
      this.#waiting.delete(id);
      settled();
      reject(new OutriggerError(code, message));
    }
  }
}
