// Models for the gate whose state the test sets, and what the gate did with them.
import { OutriggerError } from '../../src/errors.ts';
import type { GatedModel, GatedModels } from '../../src/puller/gate/gated-models.ts';

export class SetModel implements GatedModel {
  readonly name: string;
  state: 'serving' | 'idle' | 'absent';
  entered = 0;
  left = 0;
  wakes = 0;
  /** Resolves the waiting; null: nobody waits. */
  #waking: PromiseWithResolvers<void> | null = null;

  constructor(name: string, state: SetModel['state']) {
    this.name = name;
    this.state = state;
  }

  get serving(): boolean {
    return this.state === 'serving';
  }

  get idle(): boolean {
    return this.state === 'idle';
  }

  get inUse(): number {
    return this.entered - this.left;
  }

  enter(): void {
    if (!this.serving) throw new Error(`${this.name} was entered and does not serve`);
    this.entered += 1;
  }

  leave(): void {
    this.left += 1;
    if (this.left > this.entered) throw new Error(`${this.name} was left more often than entered`);
  }

  wake(gone: AbortSignal): Promise<void> {
    this.wakes += 1;
    this.#waking ??= Promise.withResolvers();
    const aborted = new Promise<never>((_resolve, reject) => {
      gone.addEventListener('abort', () => reject(new OutriggerError('CLIENT_GONE', 'left')));
    });
    return Promise.race([this.#waking.promise, aborted]);
  }

  reason(): string {
    return `model ${this.name} is downloading: 12 of 340 MB`;
  }

  retryAfterSeconds(): number {
    return 7;
  }

  loaded(): void {
    this.state = 'serving';
    this.#waking?.resolve();
    this.#waking = null;
  }

  failed(error: OutriggerError): void {
    this.#waking?.reject(error);
    this.#waking = null;
  }
}

export class SetModels implements GatedModels {
  open = false;
  readonly looks: string[] = [];
  readonly #models: ReadonlyMap<string, SetModel>;

  constructor(...models: readonly SetModel[]) {
    this.#models = new Map(models.map((model) => [model.name, model]));
  }

  look(name: string): SetModel | undefined {
    this.looks.push(name);
    return this.#models.get(name);
  }
}
