// The puller: models.json watched, each model kept as it is wanted, the runtime watched for what it has lost.
import { atMost } from '../at-most.ts';
import type { PullerConfig } from '../config/slices.ts';
import { Disposal } from '../disposal.ts';
import { OutriggerError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { ModelMetrics } from '../model-metrics.ts';
import type { ModelsReport, ModelsSummary } from '../model-report.ts';
import { FirstModels } from './first-models.ts';
import type { GatedModels } from './gate/gated-models.ts';
import { ServedModels } from './gate/served-models.ts';
import type { ModelRecord } from './model/model-record.ts';
import { openModelDirPatiently } from './model-dir/open-patiently.ts';
import { reservedNames, withoutReserved } from './models-file/reserved-names.ts';
import { type ModelsFileWatch, watchModelsFile } from './models-file/watch-models-file.ts';
import { ModelsInForce } from './models-in-force.ts';
import { type OpenedSet, openSet } from './open-set.ts';
import { measureModels, type ReportParts, reportModels, summarizeModels } from './report-models.ts';
import { Residency } from './residency/residency.ts';
import type { StepParts } from './steps/step-parts.ts';

export interface PullerParts {
  readonly config: PullerConfig;
  readonly metrics: ModelMetrics;
  readonly log: Log;
  /** The agent is to end: it cannot have all models, and --on-model-failure wants all or none. */
  readonly giveUp: (error: OutriggerError) => void;
}

/** Below the second that kubelet gives a probe. */
const firstReadMs = 500;

/** Requests for the model are not merged during `change`, and what was known of it is read again. */
export type PullerHooks = Pick<StepParts, 'whileChanging'>;

/** Where nothing is merged, nothing has to be kept apart. */
const unbatched: PullerHooks = { whileChanging: (_model, change) => change() };

export class Puller implements AsyncDisposable {
  readonly #parts: PullerParts;
  readonly #residency: Residency;
  readonly #served: ServedModels;
  readonly #inForce: ModelsInForce;
  readonly #first: FirstModels;
  readonly #opened = new Disposal();
  readonly #closing = new AbortController();
  #starting: Promise<void> = Promise.resolve();
  /** Null until the model folder is open. */
  #models: OpenedSet | null = null;
  #file: ModelsFileWatch | null = null;
  readonly #firstRead = Promise.withResolvers<void>();
  /** Why the model folder cannot be used. */
  #dirProblem: OutriggerError | null = null;

  /** Knows no model before `start`: until then requests have the runtime's own answer. */
  constructor(parts: PullerParts) {
    const { config, metrics } = parts;
    this.#parts = parts;
    this.#residency = new Residency({
      ...{ config, metrics, recordOf: (name) => this.#models?.set.recordOf(name) },
      records: () => this.#records,
      kick: (name) => this.#models?.set.kick(name),
    });
    this.#served = new ServedModels(this.#residency);
    this.#inForce = new ModelsInForce(parts);
    const isMissing = (): boolean => this.#file?.state === 'missing';
    this.#first = new FirstModels({
      ...parts,
      records: () => this.#records,
      nameless: () => this.#inForce.nameless,
      isMissing,
    });
    measureModels(metrics, { records: () => this.#records, isSettled: () => this.#unsettled() === null });
  }

  get models(): GatedModels {
    return this.#served;
  }

  /** Returns at once; the port is open and served meanwhile. Null: nothing is merged. */
  start(hooks: PullerHooks | null): void {
    const { config, log, giveUp } = this.#parts;
    this.#file = this.#opened.use(
      watchModelsFile({
        ...{ file: config.modelsFile, log, onProblem: (problem) => this.#inForce.hear(problem) },
        onModels: (models) => {
          this.#inForce.take(withoutReserved(models, reservedNames(config)));
          this.#want();
          this.#firstRead.resolve();
        },
      }),
    );
    this.#starting = this.#open(hooks ?? unbatched).catch((error: unknown) => {
      if (this.#closing.signal.aborted) return;
      const given = error instanceof OutriggerError ? error : null;
      giveUp(given ?? new OutriggerError('INTERNAL', 'the puller could not start', { cause: error }));
    });
  }

  /** A connection to the runtime could not be made: it may be restarted. */
  doubtRuntime(): void {
    this.#models?.runtime.doubt();
  }

  /** Null: all models that count are settled. Asks the runtime afresh, at most once a second. */
  async notReady(): Promise<readonly string[] | null> {
    // A probe that comes with the first look at models.json is not told to come again when the file is there and empty.
    if (this.#inForce.models === null) await atMost(firstReadMs, this.#firstRead.promise);
    await this.#models?.runtime.ask();
    return this.#unsettled();
  }

  report(): ModelsReport {
    return reportModels(this.#reportParts);
  }

  summary(): ModelsSummary {
    return summarizeModels(this.#reportParts);
  }

  /** Pulls end where the next start goes on; the runtime keeps its models. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('the agent ends'));
    this.#first[Symbol.dispose]();
    await this.#starting;
    await this.#opened[Symbol.asyncDispose]();
  }

  get #reportParts(): ReportParts {
    return {
      ...{ config: this.#parts.config, inForce: this.#inForce, residency: this.#residency, records: this.#records },
      runtime: this.#models?.runtime ?? null,
      dirProblem: this.#dirProblem?.message ?? null,
      settled: this.#unsettled() === null,
    };
  }

  get #records(): readonly ModelRecord[] {
    return this.#models?.set.records ?? [];
  }

  async #open(hooks: PullerHooks): Promise<void> {
    const { config, log, metrics, giveUp } = this.#parts;
    const { signal } = this.#closing;
    const onProblem = (problem: OutriggerError | null): void => {
      this.#dirProblem = problem;
      if (problem !== null && config.readiness.onFailure === 'exit') giveUp(problem);
    };
    const dir = this.#opened.use(await openModelDirPatiently({ path: config.modelDir, log, signal, onProblem }));
    if (signal.aborted) return;
    const models = openSet({
      ...{ config, metrics, log, dir, closing: signal, opened: this.#opened },
      whileChanging: (model, change) => hooks.whileChanging(model, change),
      residency: this.#residency,
      served: this.#served,
      failed: (record) => this.#hearFailure(record),
    });
    await models.runtime.begun(); // what it serves already is not to be refused meanwhile
    this.#models = models;
    this.#want();
  }

  /** When both are there: a models.json, and the folder to keep its models in. */
  #want(): void {
    if (this.#models === null || this.#inForce.models === null || this.#closing.signal.aborted) return;
    this.#models.set.want(this.#inForce.models, { gating: this.#first.take() });
    this.#models.runtime.remind();
    this.#residency.recount();
    this.#first.heedFailures();
  }

  #unsettled(): readonly string[] | null {
    const { models, fileProblem } = this.#inForce;
    if (this.#models !== null || models === null) {
      const reasons = this.#first.notReady(fileProblem);
      return reasons === null || models === null ? reasons : [...reasons, ...this.#runtimeProblem()];
    }
    if (models.models.size + models.refused.length === 0) return null; // no folder is needed for them
    return [this.#dirProblem?.message ?? 'the model folder is being read'];
  }

  /** Models wait for it, however little their own states tell of it. */
  #runtimeProblem(): readonly string[] {
    if (this.#models?.runtime.up !== false) return [];
    return [`the runtime takes no orders at 127.0.0.1:${this.#parts.config.runtime.managementPort}`];
  }

  #hearFailure(record: ModelRecord): void {
    const { setback } = record;
    if (setback === null) return;
    const { step, code, reason, attempts } = setback;
    this.#residency.failed(record, new OutriggerError('MODEL_NOT_READY', `model ${record.name} has failed: ${reason}`));
    this.#parts.log.warn({ model: record.name, step, code, attempts, reason }, 'model failed; it is tried again');
    this.#first.heedFailures();
  }
}
