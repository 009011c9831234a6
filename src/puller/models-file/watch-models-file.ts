// Follows models.json: tells each new good content once, keeps silent over a file that is half written, and says what stays wrong.
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OutriggerError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { LookSchedule } from './look-schedule.ts';
import { PathWatches } from './path-watches.ts';
import { readModelsFile } from './read-models-file.ts';
import { type FileContent, SettledFile } from './settled-file.ts';
import type { WantedModels } from './wanted-model.ts';

/** A ConfigMap holds 1 MiB; 2,000 models are half of that. */
const maxFileBytes = 64 * 1024 * 1024;

export interface ModelsFileOptions {
  /** Absolute; may be a link, and its folder may be missing. */
  readonly file: string;
  readonly log: Log;
  /** Each good content that differs from the good one before. */
  onModels(models: WantedModels): void;
  /** What is wrong with the file as it is now; null: nothing any more. Without secrets; the last good content stays in force. */
  onProblem(problem: string | null): void;
  /** The longest time until a change is seen that the file system gave no hint of; default 10 s. */
  readonly checkMs?: number;
  /** What is wrong is told when it is still wrong after this, since a writer may be half way; default 800 ms. */
  readonly doubtMs?: number;
}

/** unread: not looked at yet, or in doubt · missing · broken: unreadable or no JSON array · good: as onModels was told last. */
export type ModelsFileState = 'unread' | 'missing' | 'broken' | 'good';

interface Verdict {
  readonly state: ModelsFileState;
  /** Null: nothing is wrong. */
  readonly problem: string | null;
}

/** Disposing resolves when no look is under way; nothing is called after it was asked for. */
export function watchModelsFile(options: ModelsFileOptions): ModelsFileWatch {
  return new ModelsFileWatch(options);
}

export class ModelsFileWatch implements AsyncDisposable {
  readonly #options: ModelsFileOptions;
  readonly #content: SettledFile;
  readonly #watches: PathWatches;
  readonly #schedule: LookSchedule;
  /** Where the links lead; where they led, while they lead to nothing: there it may come again. */
  #real: string;
  /** Of the last look; told when it has lasted. */
  #verdict: Verdict = { state: 'unread', problem: null };
  #told: Verdict = this.#verdict;
  #doubtedMs: number | null = null;
  /** sha256 of the last good content. */
  #digest: string | null = null;
  /** Read and not told yet. */
  #fresh: WantedModels | null = null;
  #disposed = false;

  constructor(options: ModelsFileOptions) {
    const { file, log, checkMs = 10_000 } = options;
    this.#options = options;
    this.#real = file;
    this.#content = new SettledFile({ path: file, maxBytes: maxFileBytes });
    this.#schedule = new LookSchedule({ look: () => this.#look(), checkMs });
    this.#watches = new PathWatches({ onHint: () => this.#schedule.hint(), log });
    this.#schedule.within(0);
  }

  get state(): ModelsFileState {
    return this.#told.state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#watches[Symbol.dispose]();
    await this.#schedule[Symbol.asyncDispose]();
  }

  /** Watches first: what changes while it is being read gives a hint then. */
  async #look(): Promise<void> {
    const { file } = this.#options;
    this.#real = (await realPathOf(file)) ?? this.#real;
    // The file itself as well: one that is mounted alone is written through another folder.
    await this.#watches.follow([dirname(file), dirname(this.#real), this.#real]);
    const content = await this.#content.read();
    if (this.#disposed) return;
    if (content !== null) this.#verdict = this.#judge(content);
    this.#tell(this.#verdict);
    const models = this.#fresh;
    this.#fresh = null;
    if (models !== null) this.#options.onModels(models);
  }

  #judge(content: FileContent): Verdict {
    if (content.kind === 'missing') return { state: 'missing', problem: 'is not there' };
    if (content.kind === 'unusable') return { state: 'broken', problem: content.why };
    const digest = createHash('sha256').update(content.text).digest('hex');
    if (digest === this.#digest) return { state: 'good', problem: null };
    try {
      this.#fresh = readModelsFile(content.text);
      this.#digest = digest;
      return { state: 'good', problem: null };
    } catch (error) {
      if (!(error instanceof OutriggerError)) throw error;
      return { state: 'broken', problem: error.message };
    }
  }

  #tell(verdict: Verdict): void {
    const isNews = verdict.problem !== this.#told.problem || verdict.state !== this.#told.state;
    if (!isNews || verdict.problem === null) this.#doubtedMs = null;
    if (!isNews) return;
    if (verdict.problem !== null) {
      this.#doubtedMs ??= performance.now();
      const { doubtMs = 800 } = this.#options;
      if (performance.now() - this.#doubtedMs < doubtMs) {
        this.#schedule.within(doubtMs / 2);
        return;
      }
      this.#doubtedMs = null;
    }
    const before = this.#told.problem;
    this.#told = verdict;
    if (verdict.problem === before) return;
    this.#options.onProblem(verdict.problem);
    this.#record(verdict);
  }

  #record({ state, problem }: Verdict): void {
    const { file, log } = this.#options;
    if (problem === null) log.info({ file }, 'models.json is good again');
    else if (state === 'missing') log.warn({ file }, 'models.json is not there: the models stay as they are');
    else log.error({ file, problem }, 'models.json cannot be used: the last good one stays in force');
  }
}

async function realPathOf(file: string): Promise<string | null> {
  try {
    return await realpath(file);
  } catch {
    return null; // what is wrong with it, its reading tells
  }
}
