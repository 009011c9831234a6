// Hashes in a file's order while its ranges arrive in any: a thread reads the file again behind the download.
// Beside the download and not in it, since MD5 alone takes longer than the download itself.
import { Worker } from 'node:worker_threads';
import { OutriggerError } from '../../errors.ts';
import type { Checksums } from '../object-store.ts';
import type { FromHashWorker, HashJob, ToHashWorker } from './hash-messages.ts';

/** Of one file under way; the caller closes it, also after `finish`. */
export interface FileHash {
  /** The bytes [0, upToBytes) are on their place in the file. Returns at once. */
  advance(upToBytes: number): void;
  /** All bytes are there. @throws OutriggerError FOLDER_UNUSABLE (it cannot be read), PULL_CANCELLED (closed), INTERNAL */
  finish(): Promise<Checksums>;
  /** Gives up what is not finished: to start over, close and open another. Twice is harmless. */
  close(): void;
}

export interface HashThread extends AsyncDisposable {
  file(job: HashJob): FileHash;
  /** Files that are still open are given up. Twice is harmless. */
  close(): Promise<void>;
}

/** From source, and beside the built program (scripts/build.ts). */
const workerFile = new URL(
  import.meta.filename.endsWith('.ts') ? './hash-worker.ts' : './hash-worker.cjs',
  import.meta.url,
);
/** A message costs microseconds, this many bytes of MD5 some 4 ms: the thread is seldom told more than it needs. */
const noticeBytes = 4 * 1024 ** 2;
/** Its buffer and the hashes are outside of this heap. */
const maxHeapMb = 32;

type Outcome = Checksums | OutriggerError;

/** The thread starts with the first file that has bytes; most pulls need none. */
export function openHashThread(): HashThread {
  return new OneHashThread();
}

class OneHashThread implements HashThread {
  readonly #settle = new Map<number, (outcome: Outcome) => void>();
  #worker: Worker | null = null;
  #files = 0;
  #closed = false;

  file(job: HashJob): FileHash {
    return new FollowedHash(job, this);
  }

  /** A number for one reading of a file; `settle` is called once, unless it is given up. */
  begin(settle: (outcome: Outcome) => void): number {
    const file = ++this.#files;
    if (this.#closed) settle(givenUp());
    else this.#settle.set(file, settle);
    return file;
  }

  post(message: ToHashWorker): void {
    if (!this.#settle.has(message.file)) return; // answered, or the thread died
    this.#worker ??= this.#start();
    this.#worker.postMessage(message);
  }

  giveUp(file: number): void {
    this.#worker?.postMessage({ kind: 'close', file } satisfies ToHashWorker);
    this.#conclude(file, givenUp());
  }

  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    this.#worker = null;
    for (const file of this.#settle.keys()) this.#conclude(file, givenUp());
    await worker?.terminate();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #conclude(file: number, outcome: Outcome): void {
    const settle = this.#settle.get(file);
    this.#settle.delete(file);
    settle?.(outcome);
  }

  #start(): Worker {
    const worker = new Worker(workerFile, { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: maxHeapMb } });
    let reason = 'it ended by itself';
    worker.on('message', (message: FromHashWorker) => this.#conclude(message.file, readAnswer(message)));
    worker.on('error', (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      for (const file of this.#settle.keys()) {
        this.#conclude(file, new OutriggerError('INTERNAL', `the hash thread is gone: ${reason}`));
      }
    });
    return worker;
  }
}

function givenUp(): OutriggerError {
  return new OutriggerError('PULL_CANCELLED', 'the check of a file was given up');
}

function readAnswer(message: FromHashWorker): Outcome {
  return 'checksums' in message
    ? message.checksums
    : new OutriggerError('FOLDER_UNUSABLE', `a file cannot be read again to check it: ${message.failure}`);
}

class FollowedHash implements FileHash {
  readonly #job: HashJob;
  readonly #thread: OneHashThread;
  readonly #file: number;
  /** Resolves with a failure instead of rejecting: nobody may be asking yet. */
  readonly #outcome: Promise<Outcome>;
  /** What the thread was told; -1: nothing yet. */
  #toldBytes = -1;

  constructor(job: HashJob, thread: OneHashThread) {
    this.#job = job;
    this.#thread = thread;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#outcome = promise;
    this.#file = thread.begin(resolve);
  }

  advance(upToBytes: number): void {
    const far = Math.min(upToBytes, this.#job.bytes);
    const enough = far === this.#job.bytes || far >= this.#toldBytes + noticeBytes;
    if (!enough || far <= this.#toldBytes) return;
    const place = { file: this.#file, upToBytes: far };
    this.#thread.post(
      this.#toldBytes === -1 ? { kind: 'open', job: this.#job, ...place } : { kind: 'advance', ...place },
    );
    this.#toldBytes = far;
  }

  async finish(): Promise<Checksums> {
    this.advance(this.#job.bytes);
    const outcome = await this.#outcome;
    if (outcome instanceof OutriggerError) throw outcome;
    return outcome;
  }

  close(): void {
    this.#thread.giveUp(this.#file);
  }
}
