// Keeps one model as it is wanted: asks the plan, does the step, asks again; one step at a time, the newest wish wins.
import type { ModelRetryConfig } from '../../config/slices.ts';
import type { WantedModel } from '../models-file/wanted-model.ts';
import type { ModelRecord } from './model-record.ts';
import { planStep, type Step } from './plan.ts';
import { afterFailure } from './setback.ts';

export interface KeeperParts {
  readonly record: ModelRecord;
  /**
   * Does a step to its end. `signal`: the wish has changed, or the agent ends; what must not be broken off in the middle looks at it
   * no more. @throws what keeps it from being done
   */
  readonly perform: (record: ModelRecord, step: Step, signal: AbortSignal) => Promise<void>;
  readonly failed: (record: ModelRecord) => void;
  readonly retry: ModelRetryConfig;
  /** Nothing is left of it and nobody wants it. */
  readonly forgotten: (record: ModelRecord) => void;
}

export class ModelKeeper {
  readonly #parts: KeeperParts;
  #running: Promise<void> | null = null;
  #again = false;
  #interrupt = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** Null: it has to go. The same files again change nothing that is under way. */
  want(wanted: WantedModel | null): void {
    const { record } = this.#parts;
    const before = record.wanted;
    record.wanted = wanted;
    if (before?.memoryBytes !== wanted?.memoryBytes) record.setback = null; // it may fit now
    if (before?.filesKey === wanted?.filesKey && before?.uri === wanted?.uri) {
      this.kick();
      return;
    }
    record.setback = null;
    this.#interrupt.abort(new Error('something else is wanted'));
    this.kick();
  }

  /** Something changed: look what is to be done now. */
  kick(): void {
    if (this.#closed) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#again = true;
    const { record } = this.#parts;
    // A large pull may take hours: the runtime that was restarted meanwhile gets the files of before first.
    if (record.doing?.kind === 'pull' && planStep(record.facts(), performance.now()).kind === 'restore') {
      this.#interrupt.abort(new Error('the files of before are loaded first'));
    }
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      if (this.#again) this.kick();
    });
  }

  /** Ends what is under way; resolves when it has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#interrupt.abort(new Error('the agent ends'));
    await this.#running;
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // whoever kicks has finished its own work first
    while (this.#again && !this.#closed) {
      this.#again = false;
      const { record } = this.#parts;
      const facts = record.facts();
      if (facts.wanted === null && record.refused !== null) continue; // a broken entry takes nothing away
      const step = planStep(facts, performance.now());
      if (step.kind === 'wait') this.#wait(step.untilMs);
      else if (step.kind === 'forget') this.#parts.forgotten(record);
      else if (step.kind === 'rest')
        record.setback = null; // of what is not needed any more
      else {
        await this.#do(step);
        this.#again = true;
      }
    }
  }

  async #do(step: Step): Promise<void> {
    const { record, perform, failed, retry } = this.#parts;
    const interrupt = new AbortController();
    this.#interrupt = interrupt;
    record.doing = step;
    try {
      await perform(record, step, interrupt.signal);
      if (record.setback?.step === step.kind) record.setback = null;
    } catch (error) {
      if (interrupt.signal.aborted) return;
      record.restorable = step.kind !== 'restore';
      if (step.kind === 'restore') return; // the wanted files are the next to be tried
      const before = record.setback?.step === step.kind ? record.setback : null;
      const clock = { nowMs: performance.now(), random: Math.random(), retry };
      record.setback = { ...afterFailure(before, error, clock), step: step.kind };
      failed(record);
    } finally {
      record.doing = null;
    }
  }

  #wait(untilMs: number): void {
    this.#timer = setTimeout(() => this.kick(), Math.max(1, untilMs - performance.now()));
    this.#timer.unref();
  }
}
