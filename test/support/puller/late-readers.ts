// Readers that resolve a model's link, take their time, and then read everything under it: they have to find one whole model.
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

export interface LateReadersOptions {
  readonly link: string;
  /** Their contents begin alike. */
  readonly files: readonly string[];
  /** How long after resolving the link a reader may still begin; below the time for which versions of before are kept. */
  readonly maxLateMs: number;
  readonly everyMs: number;
  readonly random: () => number;
}

export class LateReaders implements Disposable {
  readonly problems: string[] = [];
  /** Models that were read whole. */
  reads = 0;
  readonly #options: LateReadersOptions;
  readonly #timer: NodeJS.Timeout;

  constructor(options: LateReadersOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#begin(), options.everyMs);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #begin(): void {
    const { link, maxLateMs, random } = this.#options;
    const folder = resolved(link);
    if (folder !== null) setTimeout(() => this.#read(folder), random() * maxLateMs).unref();
  }

  #read(folder: string): void {
    try {
      const starts = this.#options.files.map((file) => readFileSync(join(folder, file), 'latin1').slice(0, 4));
      if (new Set(starts).size === 1) this.reads += 1;
      else this.problems.push(`${folder} was of two models: ${starts}`);
    } catch (error) {
      this.problems.push(`a reader that had resolved the link: ${error}`);
    }
  }
}

/** Null: there is no model yet. */
function resolved(link: string): string | null {
  try {
    return realpathSync(link);
  } catch {
    return null;
  }
}
