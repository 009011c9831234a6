// Readiness of the start: the models of the first models.json, when they are settled, and what becomes of it when some failed.
import type { PullerConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { ModelRecord } from './model/model-record.ts';
import { describeModel } from './model/model-words.ts';
import { judgeSettlement, type SettlementVerdict } from './model/settlement.ts';

export interface FirstModelsParts {
  readonly config: Pick<PullerConfig, 'readiness' | 'modelsFile'>;
  readonly log: Log;
  readonly records: () => Iterable<ModelRecord>;
  /** What is wrong with entries of models.json that name no model: each counts as a failed one. */
  readonly nameless: () => readonly string[];
  /** There is no models.json, which is not the same as a broken one. */
  readonly isMissing: () => boolean;
  readonly giveUp: (error: OutriggerError) => void;
}

/** A models.json that is not there counts as empty after so long. */
const absentMs = 10_000;
/** Failures that readiness names. */
const maxTold = 5;

export class FirstModels implements Disposable {
  readonly #parts: FirstModelsParts;
  /** The first models.json: not seen yet, counted as empty, or here. */
  #file: 'awaited' | 'absent' | 'here' = 'awaited';
  #waitIsOver = false;
  #timeIsOver = false;
  #wasSettled = false;
  readonly #timers: readonly NodeJS.Timeout[];

  constructor(parts: FirstModelsParts) {
    this.#parts = parts;
    const { timeoutMs } = parts.config.readiness;
    this.#timers = [
      setTimeout(() => this.#endWait(), absentMs),
      ...(timeoutMs === null ? [] : [setTimeout(() => this.#endTime(), timeoutMs)]),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  /** A good models.json is there. True: its models are those that readiness waits for. */
  take(): boolean {
    const isFirst = this.#file === 'awaited';
    this.#file = 'here';
    return isFirst;
  }

  /** `problem`: what is wrong with models.json as it is now. Null: ready. */
  notReady(problem: string | null): readonly string[] | null {
    this.#countAbsent();
    if (this.#file === 'awaited') return [`models.json: ${problem ?? 'is not read yet'}`];
    const { settled, reasons, failed } = this.#judge();
    if (!settled) return reasons;
    this.#wasSettled = true;
    const told = this.#tell(failed);
    if (this.#parts.config.readiness.onFailure === 'serve' || told.length === 0) return null;
    return told.slice(0, maxTold);
  }

  /** --on-model-failure exit: who cannot have all models at the start wants none. */
  heedFailures(): void {
    if (this.#parts.config.readiness.onFailure !== 'exit' || this.#wasSettled || this.#file === 'awaited') return;
    const { settled, failed } = this.#judge();
    const told = this.#tell(failed);
    if (told.length > 0) this.#giveUp(told);
    else if (settled) this.#wasSettled = true;
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  get #rules() {
    const { attempts, timeoutMs } = this.#parts.config.readiness;
    const patientSinceMs = performance.now() - (timeoutMs ?? Number.POSITIVE_INFINITY);
    return { attempts, timeIsOver: this.#timeIsOver, patientSinceMs };
  }

  #judge(): SettlementVerdict {
    const nowMs = performance.now();
    return judgeSettlement(this.#parts.records(), this.#rules, (record) => describeModel(record, nowMs));
  }

  #endWait(): void {
    this.#waitIsOver = true;
    this.#countAbsent();
  }

  #countAbsent(): void {
    if (this.#file !== 'awaited' || !this.#waitIsOver) return;
    const { config, log, isMissing } = this.#parts;
    if (!isMissing()) return; // broken: a person must act, by taking it away too
    this.#file = 'absent';
    log.warn({ file: config.modelsFile }, `no models.json after ${absentMs / 1000} s: ready without models`);
  }

  #endTime(): void {
    this.#timeIsOver = true;
    this.heedFailures();
  }

  #tell(failed: readonly ModelRecord[]): readonly string[] {
    const nowMs = performance.now();
    return [...failed.map((record) => describeModel(record, nowMs)), ...this.#parts.nameless()];
  }

  #giveUp(told: readonly string[]): void {
    this.#parts.giveUp(new OutriggerError('MODEL_NOT_READY', [...told, '--on-model-failure=exit'].join('\n')));
  }
}
