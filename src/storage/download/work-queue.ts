// What is still to be fetched, over all files of a model: parts that wait, files not begun, parts under way that can be halved.
import type { WantedFile } from '../uri/wanted-files.ts';
import type { Part } from './part.ts';
import { stealFrom } from './range-plan.ts';

export class WorkQueue {
  readonly #parts: Part[] = [];
  #files: WantedFile[] = [];
  #nextFile = 0;
  readonly #active = new Set<Part>();
  #wakes: (() => void)[] = [];

  get waitingFiles(): number {
    return this.#files.length - this.#nextFile;
  }

  /** Somebody with nothing to do would find something. */
  get hasWork(): boolean {
    return this.#parts.length > 0 || this.waitingFiles > 0;
  }

  get active(): number {
    return this.#active.size;
  }

  addFiles(files: readonly WantedFile[]): void {
    this.#files = [...this.#files.slice(this.#nextFile), ...files];
    this.#nextFile = 0;
    this.wake();
  }

  addParts(parts: readonly Part[]): void {
    for (const part of parts) this.#parts.push(part); // a file of terabytes has more than a call takes arguments
    this.wake();
  }

  /** Parts of files that were begun go first: few files are open at once. */
  takePart(): Part | undefined {
    for (let part = this.#parts.shift(); part !== undefined; part = this.#parts.shift()) {
      if (!part.stale) return this.#begin(part);
    }
    return undefined;
  }

  takeFile(): WantedFile | undefined {
    const file = this.#files[this.#nextFile];
    if (file !== undefined) this.#nextFile += 1;
    return file;
  }

  /** Half of what the slowest connection still has before it, so that the last bytes do not come one after the other. */
  steal(): Part | undefined {
    let most: Part | undefined;
    for (const part of this.#active) {
      if (part.file.whole || part.stale) continue;
      if (most === undefined || part.last - part.next > most.last - most.next) most = part;
    }
    const from = most === undefined ? null : stealFrom(most.next, most.last);
    return from === null ? undefined : this.#begin((most as Part).splitAt(from));
  }

  #begin(part: Part): Part {
    this.#active.add(part);
    return part;
  }

  end(part: Part): void {
    this.#active.delete(part);
    this.wake();
  }

  /** Resolves at the next change. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#wakes.push(resolve));
  }

  wake(): void {
    const wakes = this.#wakes;
    if (wakes.length === 0) return;
    this.#wakes = [];
    for (const wake of wakes) wake();
  }
}
