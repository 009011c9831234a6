// models.json as it was last good, and what is wrong with it as it is now.
import type { Log } from '../log.ts';
import type { ModelMetrics } from '../model-metrics.ts';
import type { WantedModels } from './models-file/wanted-model.ts';

export class ModelsInForce {
  readonly #log: Log;
  readonly #metrics: ModelMetrics;
  #models: WantedModels | null = null;
  #readAt: Date | null = null;
  #problem: string | null = null;

  constructor({ log, metrics }: { readonly log: Log; readonly metrics: ModelMetrics }) {
    this.#log = log;
    this.#metrics = metrics;
  }

  /** Null: none was read yet. */
  get models(): WantedModels | null {
    return this.#models;
  }

  /** Since when they are in force. */
  get readAt(): Date | null {
    return this.#readAt;
  }

  /** Of the file as a whole; null: nothing. */
  get fileProblem(): string | null {
    return this.#problem;
  }

  /** What is wrong with entries that have no name to be shown under. */
  get nameless(): readonly string[] {
    return (this.#models?.refused ?? []).filter(({ name }) => name === null).map(({ reason }) => reason);
  }

  /** Of the file, or of nameless entries. */
  get problem(): string | null {
    return this.#problem ?? (this.nameless.length === 0 ? null : this.nameless.join('; '));
  }

  take(models: WantedModels): void {
    this.#models = models;
    this.#readAt = new Date();
    const { refused, notes } = models;
    this.#metrics.fileReads.ok.add();
    this.#metrics.fileRefused.set(refused.length);
    for (const { reason } of refused) this.#log.error({}, `models.json: ${reason}`);
    for (const note of notes) this.#log.warn({}, `models.json: ${note}`);
    this.#log.info({ models: models.models.size, refused: refused.length }, 'models.json is in force');
  }

  /** Null: it is good again. The watcher has logged it. */
  hear(problem: string | null): void {
    this.#problem = problem;
    if (problem !== null) this.#metrics.fileReads.broken.add();
  }
}
