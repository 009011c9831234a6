// The puller: models.json watched, each model kept as it is wanted, the runtime watched for what it has lost.
import type { PullerConfig } from '../config/slices.ts';
import { Disposal } from '../disposal.ts';
import { OutriggerError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { ModelMetrics } from '../model-metrics.ts';
import { type ModelsReport, modelStates } from '../model-report.ts';
import { PullThread } from '../storage/pull-thread.ts';
import { FirstModels } from './first-models.ts';
import type { GatedModels } from './gate/gated-models.ts';
import { type ModelDir, openModelDir } from './model-dir/model-dir.ts';
import type { ModelRecord } from './model-record.ts';
import { ModelSet } from './model-set.ts';
import { reportModel, stateOf } from './model-words.ts';
import { type ModelsFileWatch, watchModelsFile } from './models-file/watch-models-file.ts';
import { openRefresher } from './refresher.ts';
import { Residency } from './residency.ts';
import { openRuntime } from './runtime/open-runtime.ts';
import type { RuntimeApi } from './runtime/runtime-api.ts';
import { RuntimeMemory } from './runtime-memory.ts';
import { ServedModels } from './served-models.ts';
import { performStep } from './steps/perform.ts';
import { Turns } from './turns.ts';
import type { WantedModels } from './wanted-model.ts';

export interface PullerParts {
  readonly config: PullerConfig;
  readonly metrics: ModelMetrics;
  readonly log: Log;
  /** The agent is to end: the model folder cannot be used, or a model failed and --on-model-failure says so. */
  readonly giveUp: (error: OutriggerError) => void;
}

export interface PullerHooks {
  /** Requests for the model are not merged during `change`, and what was known of it is read again. */
  whileChanging<T>(model: string, change: () => Promise<T>): Promise<T>;
}

/** Pulls go behind requests (nice). */
const pullNiceness = 10;

export class Puller implements AsyncDisposable {
  readonly #parts: PullerParts;
  readonly #residency: Residency;
  readonly #served: ServedModels;
  readonly #first: FirstModels;
  readonly #opened = new Disposal();
  readonly #closing = new AbortController();
  #starting: Promise<void> = Promise.resolve();
  #set: ModelSet | null = null;
  #runtime: RuntimeMemory | null = null;
  #file: ModelsFileWatch | null = null;
  #readAt: Date | null = null;
  #problem: string | null = null;

  /** Knows no model before `start`: until then requests have the runtime's own answer. */
  constructor(parts: PullerParts) {
    const { config, metrics } = parts;
    this.#parts = parts;
    const recordOf = (name: string): ModelRecord | undefined => this.#set?.recordOf(name);
    this.#residency = new Residency({ config, metrics, recordOf, kick: (name) => this.#set?.kick(name) });
    this.#served = new ServedModels(this.#residency);
    const isMissing = (): boolean => this.#file?.state === 'missing';
    this.#first = new FirstModels({ ...parts, records: () => this.#set?.records ?? [], isMissing });
    this.#measure();
  }

  get models(): GatedModels {
    return this.#served;
  }

  /** Returns at once; the port is open and served meanwhile. */
  start(hooks: PullerHooks): void {
    this.#starting = this.#open(hooks).catch((error: unknown) => {
      if (this.#closing.signal.aborted) return;
      const given = error instanceof OutriggerError ? error : null;
      this.#parts.giveUp(given ?? new OutriggerError('INTERNAL', 'the puller could not start', { cause: error }));
    });
  }

  /** A connection to the runtime could not be made: it may be restarted. */
  doubtRuntime(): void {
    this.#runtime?.doubt();
  }

  /** Null: all models that count are settled. Asks the runtime afresh, at most once a second. */
  async notReady(): Promise<readonly string[] | null> {
    await this.#runtime?.ask();
    return this.#first.notReady(this.#problem);
  }

  report(): ModelsReport {
    const { config } = this.#parts;
    const { memory, disk, waiters } = this.#residency;
    const nowMs = performance.now();
    const list = (this.#set?.records ?? []).map((record) => reportModel(record, nowMs));
    const counts = Object.fromEntries(modelStates.map((state) => [state, 0])) as ModelsReport['counts'];
    for (const { state } of list) (counts as Record<string, number>)[state]! += 1;
    return {
      file: { path: config.modelsFile, readAt: this.#readAt?.toISOString() ?? null, problem: this.#fileProblem() },
      settled: this.#first.notReady(this.#problem) === null,
      runtime: { up: this.#runtime?.up ?? false, restarts: this.#runtime?.restarts ?? 0 },
      counts,
      memory: memory === null ? null : { usedBytes: memory.usedBytes, budgetBytes: memory.maxBytes },
      disk: disk === null ? null : { usedBytes: disk.usedBytes, budgetBytes: disk.maxBytes },
      waiting: waiters.size,
      list,
    };
  }

  /** Pulls end where the next start goes on; the runtime keeps its models. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('the agent ends'));
    this.#first[Symbol.dispose]();
    await this.#starting;
    await this.#opened[Symbol.asyncDispose]();
  }

  async #open(hooks: PullerHooks): Promise<void> {
    const { config, log } = this.#parts;
    const dir = this.#opened.use(await openModelDir({ path: config.modelDir, log }));
    const api = this.#opened.use(openRuntime(config.runtime, config.modelDir));
    const thread = this.#opened.use(new PullThread({ niceness: pullNiceness }));
    const runtime = this.#opened.use(this.#openRuntimeMemory(api));
    const set = this.#openSet({ dir, api, thread, runtime, hooks });
    this.#opened.use({ [Symbol.asyncDispose]: () => set.close() });
    this.#set = set;
    runtime.start();
    if (config.refreshMs !== null) this.#opened.use(openRefresher({ config, dir, thread, set, log }));
    const onModels = (models: WantedModels): void => this.#want(models, set);
    const onProblem = (problem: string | null): void => this.#hearProblem(problem);
    if (this.#closing.signal.aborted) return;
    this.#file = this.#opened.use(watchModelsFile({ file: config.modelsFile, log, onModels, onProblem }));
  }

  #openRuntimeMemory(api: RuntimeApi): RuntimeMemory {
    const { config, log, metrics } = this.#parts;
    const kick = (name: string): void => this.#set?.kick(name);
    return new RuntimeMemory({
      api,
      config: config.runtime,
      log,
      metrics,
      records: () => this.#set?.records ?? [],
      kick,
    });
  }

  #openSet({ dir, api, thread, runtime, hooks }: SetParts): ModelSet {
    const { config, metrics, log } = this.#parts;
    const stepParts = {
      ...{ config, dir, thread, runtime: api, metrics, log },
      whenUp: (signal: AbortSignal) => runtime.whenUp(signal),
      pulls: new Turns(config.maxPulls),
      loads: new Turns(config.maxLoads),
      residency: this.#residency,
      whileChanging: <T>(model: string, change: () => Promise<T>) => hooks.whileChanging(model, change),
      closing: this.#closing.signal,
    };
    metrics.diskBytes.follow(() => [...dir.models().values()].reduce((sum, model) => sum + bytesOf(model.versions), 0));
    return new ModelSet({
      dir,
      perform: async (record, step, signal) => {
        await performStep({ record, step, signal }, stepParts);
        this.#residency.reconsider();
      },
      failed: (record) => {
        if (record.setback?.code === 'UPSTREAM_UNREACHABLE') runtime.doubt();
        this.#hearFailure(record);
      },
      retry: config.retry,
      loadedOf: (name) => runtime.loadedOf(name),
      added: (record) => this.#served.add(record),
      changed: () => this.#served.changed(),
      forgotten: (record) => {
        this.#served.delete(record.name);
        this.#residency.forget(record);
      },
    });
  }

  #want(models: WantedModels, set: ModelSet): void {
    const { metrics, log } = this.#parts;
    metrics.fileReads.ok.add();
    metrics.fileRefused.set(models.refused.length);
    for (const { reason } of models.refused) log.error({}, `models.json: ${reason}`);
    for (const note of models.notes) log.warn({}, `models.json: ${note}`);
    this.#readAt = new Date();
    set.want(models, { gating: this.#first.take() });
    this.#first.heedFailures();
    log.info({ models: models.models.size, refused: models.refused.length }, 'models.json is in force');
  }

  #hearProblem(problem: string | null): void {
    this.#problem = problem;
    if (problem !== null) this.#parts.metrics.fileReads.broken.add();
  }

  /** What is wrong with the file, or with entries of it that have no name. */
  #fileProblem(): string | null {
    const nameless = (this.#set?.nameless ?? []).map(({ reason }) => reason);
    return this.#problem ?? (nameless.length === 0 ? null : nameless.join('; '));
  }

  #hearFailure(record: ModelRecord): void {
    const { setback } = record;
    if (setback === null) return;
    const { step, code, reason, attempts } = setback;
    const error = new OutriggerError('MODEL_NOT_READY', `model ${record.name} has failed: ${reason}`);
    this.#residency.failed(record, error);
    this.#parts.log.warn({ model: record.name, step, code, attempts, reason }, 'model failed; it is tried again');
    this.#first.heedFailures();
  }

  #measure(): void {
    const { metrics } = this.#parts;
    for (const state of modelStates) {
      metrics.states[state].follow(() => (this.#set?.records ?? []).filter((one) => stateOf(one) === state).length);
    }
    metrics.settled.follow(() => (this.#first.notReady(this.#problem) === null ? 1 : 0));
  }
}

interface SetParts {
  readonly dir: ModelDir;
  readonly api: RuntimeApi;
  readonly thread: PullThread;
  readonly runtime: RuntimeMemory;
  readonly hooks: PullerHooks;
}

function bytesOf(versions: readonly { readonly bytes: number }[]): number {
  return versions.reduce((sum, { bytes }) => sum + bytes, 0);
}
