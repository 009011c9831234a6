// The models as the gate sees them.
import { OutriggerError } from '../../errors.ts';
import type { ModelRecord } from '../model/model-record.ts';
import { describeModel, retryAfterSecondsOf } from '../model/model-words.ts';
import { planStep } from '../model/plan.ts';
import type { Residency } from '../residency/residency.ts';
import type { GatedModel, GatedModels } from './gated-models.ts';

export class ServedModels implements GatedModels {
  readonly #models = new Map<string, ServedModel>();
  readonly #residency: Residency;
  /** Null: to be found out again. */
  #open: boolean | null = null;

  constructor(residency: Residency) {
    this.#residency = residency;
  }

  add(record: ModelRecord): void {
    this.#models.set(record.name, new ServedModel(record, this.#residency));
    this.changed();
  }

  delete(name: string): void {
    this.#models.delete(name);
    this.changed();
  }

  /** One of them serves now, or does not any more. */
  changed(): void {
    this.#open = null;
  }

  look(name: string): GatedModel | undefined {
    const model = this.#models.get(name);
    return model?.isWanted === true ? model : undefined;
  }

  get open(): boolean {
    this.#open ??=
      !this.#residency.counts && [...this.#models.values()].every((model) => model.serving || !model.isWanted);
    return this.#open;
  }
}

class ServedModel implements GatedModel {
  readonly #record: ModelRecord;
  readonly #residency: Residency;

  constructor(record: ModelRecord, residency: Residency) {
    this.#record = record;
    this.#residency = residency;
  }

  /** Else it is on its way out: the runtime has the answer. */
  get isWanted(): boolean {
    return this.#record.wanted !== null || this.#record.refused !== null;
  }

  get name(): string {
    return this.#record.name;
  }

  get serving(): boolean {
    return this.#record.serving;
  }

  /** What is not even tried before its time is none: who asks is told at once. */
  get idle(): boolean {
    const { inMemory, serving, doing } = this.#record;
    if (!this.#residency.counts || this.#isHeld) return false;
    return (!inMemory && !serving) || doing?.kind === 'load' || this.#residency.isAwaited(this.#record);
  }

  /** After a failure; but the files of before may serve meanwhile. */
  get #isHeld(): boolean {
    if (this.#record.setback === null) return false;
    const woken = { ...this.#record.facts(), inMemory: true, onDisk: true };
    return planStep(woken, performance.now()).kind === 'wait';
  }

  enter(): void {
    this.#residency.enter(this.#record);
  }

  leave(): void {
    this.#residency.leave(this.#record);
  }

  /** It is not pushed out between its load and the request that waited for it. */
  async wake(gone: AbortSignal): Promise<void> {
    const [record, residency] = [this.#record, this.#residency];
    residency.hold(record);
    try {
      const mayWait = !residency.waiters.isFull;
      const waited = residency.waiters.wait(record.name, { gone, reason: () => this.reason() });
      if (mayWait) residency.wake(record); // nobody goes for a request that is turned away
      await waited;
      if (!record.serving) throw new OutriggerError('MODEL_NOT_READY', this.reason());
    } finally {
      setImmediate(() => residency.leave(record));
    }
  }

  reason(): string {
    return describeModel(this.#record, performance.now());
  }

  retryAfterSeconds(): number {
    return retryAfterSecondsOf(this.#record, performance.now());
  }
}
