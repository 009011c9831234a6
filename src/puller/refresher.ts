// --model-refresh-interval: has what is behind a model's URI changed since it was pulled? Then its version is out of date.
import type { PullerConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { PullThread } from '../storage/pull-thread.ts';
import type { ModelRecord } from './model/model-record.ts';
import type { ModelDir } from './model-dir/model-dir.ts';
import type { ModelSet } from './model-set.ts';

export interface RefresherParts {
  readonly config: PullerConfig;
  readonly dir: ModelDir;
  readonly thread: PullThread;
  readonly set: ModelSet;
  readonly log: Log;
}

/** Starts to look after the first interval. */
export function openRefresher(parts: RefresherParts): Refresher {
  return new Refresher(parts);
}

/** One model after the other; a round that takes longer than the interval is followed by the next at once. */
export class Refresher implements AsyncDisposable {
  readonly #parts: RefresherParts;
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #round: Promise<void> = Promise.resolve();
  /** Why the last look was in vain: told once, not in every round. */
  readonly #inVain = new WeakMap<ModelRecord, string>();

  constructor(parts: RefresherParts) {
    this.#parts = parts;
    this.#schedule(performance.now());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('the agent ends'));
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#round;
  }

  #schedule(lastMs: number): void {
    const { refreshMs } = this.#parts.config;
    if (refreshMs === null || this.#closing.signal.aborted) return;
    this.#timer = setTimeout(
      () => {
        const startedMs = performance.now();
        this.#round = this.#lookAtAll().then(() => this.#schedule(startedMs));
      },
      Math.max(0, lastMs + refreshMs - performance.now()),
    );
    this.#timer.unref();
  }

  async #lookAtAll(): Promise<void> {
    for (const record of [...this.#parts.set.records]) {
      if (this.#closing.signal.aborted) return;
      await this.#look(record);
    }
  }

  /** A store that cannot be asked is asked again in the next round; the files that are here serve on. */
  async #look(record: ModelRecord): Promise<void> {
    const { wanted, target, doing } = record;
    if (wanted === null || target === null || doing !== null) return;
    const { config, dir, thread, set, log } = this.#parts;
    const { storage, patterns, limits } = config;
    const folder = dir.versionFolder(record.name, target);
    const spec =
      dir
        .models()
        .get(record.name)
        ?.versions.find(({ id }) => id === target)?.spec ?? wanted.spec;
    const job = { uri: wanted.uri, target: folder, spec, config: storage, patterns, limits };
    try {
      const found = await thread.look(job, { signal: this.#closing.signal });
      this.#inVain.delete(record);
      if (found !== 'changed' || record.target !== target) return;
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#tell(record, error);
      return;
    }
    log.info({ model: record.name, version: target }, 'the files behind a model have changed: it is pulled anew');
    record.becameOutdated(target);
    set.kick(record.name);
  }

  #tell(record: ModelRecord, error: unknown): void {
    const code = error instanceof OutriggerError ? error.code : 'INTERNAL';
    const reason = error instanceof Error ? error.message : String(error);
    if (this.#inVain.get(record) === reason) return;
    this.#inVain.set(record, reason);
    this.#parts.log.warn({ model: record.name, code, reason }, 'a model could not be looked at for changes');
  }
}
