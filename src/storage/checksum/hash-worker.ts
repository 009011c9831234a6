// The hash thread: reads files behind their downloads, as far as all bytes are there, and hashes them in order.
// Its priority is that of the thread that started it, which on Linux a thread hands down.
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { Checksums } from '../object-store.ts';
import type { FromHashWorker, HashJob, ToHashWorker } from './hash-messages.ts';
import { sequentialHash } from './sequential-hash.ts';
import type { RunningChecksum } from './verification.ts';

/** A file's turn: about a millisecond of MD5, while what was read stays in the cache. */
const turnBytes = 1024 ** 2;

class FollowedFile {
  readonly #job: HashJob;
  readonly #hashes: readonly RunningChecksum[];
  #fd: number | null = null;
  #hashedBytes = 0;
  upToBytes = 0;

  constructor(job: HashJob) {
    this.#job = job;
    this.#hashes = job.algorithms.map((algorithm) => sequentialHash(algorithm, job.bytes));
  }

  get waits(): boolean {
    return this.#hashedBytes === this.upToBytes && !this.whole;
  }

  get whole(): boolean {
    return this.#hashedBytes === this.#job.bytes;
  }

  /** @throws when the file cannot be read, or ends before the bytes that are said to be there */
  takeTurn(buffer: Uint8Array): void {
    const wanted = Math.min(this.upToBytes - this.#hashedBytes, buffer.length);
    if (wanted <= 0) return;
    this.#fd ??= openSync(this.#job.path, 'r');
    const read = readSync(this.#fd, buffer, 0, wanted, this.#hashedBytes);
    if (read === 0) throw new Error(`it ends after ${this.#hashedBytes} bytes`);
    for (const hash of this.#hashes) hash.update(buffer.subarray(0, read));
    this.#hashedBytes += read;
  }

  checksums(): Checksums {
    return Object.fromEntries(this.#job.algorithms.map((algorithm, i) => [algorithm, this.#hashes[i]?.value()]));
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }
}

class HashWorker {
  readonly #files = new Map<number, FollowedFile>();
  readonly #buffer = Buffer.allocUnsafeSlow(turnBytes);
  readonly #answer: (message: FromHashWorker) => void;
  #running = false;

  constructor(answer: (message: FromHashWorker) => void) {
    this.#answer = answer;
  }

  hear(message: ToHashWorker): void {
    if (message.kind === 'close') {
      this.#forget(message.file);
      return;
    }
    if (message.kind === 'open') this.#files.set(message.file, new FollowedFile(message.job));
    const file = this.#files.get(message.file); // none: it has failed already
    if (file !== undefined) file.upToBytes = message.upToBytes;
    if (this.#running) return;
    this.#running = true;
    setImmediate(() => this.#round());
  }

  /** A turn for each file that has bytes; messages are heard between rounds. */
  #round(): void {
    for (const [number, file] of this.#files) if (!file.waits) this.#turn(number, file);
    this.#running = [...this.#files.values()].some(({ waits }) => !waits);
    if (this.#running) setImmediate(() => this.#round());
  }

  #turn(number: number, file: FollowedFile): void {
    try {
      file.takeTurn(this.#buffer);
      if (!file.whole) return;
      this.#answer({ file: number, checksums: file.checksums() });
    } catch (error) {
      this.#answer({ file: number, failure: error instanceof Error ? error.message : String(error) });
    }
    this.#forget(number);
  }

  #forget(number: number): void {
    this.#files.get(number)?.close();
    this.#files.delete(number);
  }
}

const port = parentPort;
if (port !== null) {
  const worker = new HashWorker((message) => port.postMessage(message));
  port.on('message', (message: ToHashWorker) => worker.hear(message));
}
