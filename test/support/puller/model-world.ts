// A model folder, a runtime and an agent that can die, as values: the plan's steps are done to them, and what must never be is watched.
import { type Loaded, type ModelFacts, planStep, type Step } from '../../../src/puller/model/plan.ts';

export type Happening =
  | { readonly kind: 'want'; readonly files: string | null }
  | { readonly kind: 'work'; readonly steps: number }
  /** The next steps fail. */
  | { readonly kind: 'fail'; readonly times: number }
  /** The agent is killed and started again; the runtime is restarted; the files behind the URI change. */
  | { readonly kind: 'crash' | 'restart' | 'outdate' }
  /** Out of memory, off the disk, and back. */
  | { readonly kind: 'evict' | 'clear' | 'wake' }
  | { readonly kind: 'pass'; readonly ms: number };

interface Version {
  readonly id: string;
  readonly filesKey: string;
  outdated: boolean;
  staleSinceMs: number;
}

export class ModelWorld {
  readonly pulls: string[] = [];
  #nowMs = 0;
  #wanted: string | null = null;
  #versions: Version[] = [];
  #linked: string | null = null;
  /** What the runtime really has. */
  #inRuntime: Version | null = null;
  /** What the agent believes. */
  #loaded: Loaded = null;
  #inMemory = true;
  #onDisk = true;
  #failures = 0;
  #restorable = false;
  #held: ModelFacts['held'] = null;
  #nextId = 0;

  /** Files that requests are answered by. */
  get served(): string | null {
    return this.#inRuntime?.filesKey ?? null;
  }

  get filesOnDisk(): string[] {
    return this.#versions.map(({ filesKey }) => filesKey);
  }

  meet(happening: Happening): void {
    switch (happening.kind) {
      case 'want':
        if (this.#wanted !== happening.files) this.#held = null;
        this.#wanted = happening.files;
        return;
      case 'work':
        for (let step = 0; step < happening.steps; step += 1) this.#do(this.#plan());
        return;
      case 'fail':
        this.#failures = happening.times;
        return;
      case 'crash':
        this.#loaded = 'unknown';
        this.#restorable = false;
        this.#held = null;
        [this.#inMemory, this.#onDisk] = [true, true];
        for (const version of this.#versions) {
          version.staleSinceMs = this.#nowMs; // an agent that died may have moved the link just before
          version.outdated = false;
        }
        return;
      case 'restart':
        this.#inRuntime = null;
        if (this.#loaded !== 'unknown') this.#loaded = null; // as the watch over the runtime finds it
        return;
      case 'outdate':
        for (const version of this.#versions) version.outdated = true;
        return;
      case 'evict':
        this.#inMemory = false;
        return;
      case 'clear':
        [this.#inMemory, this.#onDisk] = [false, false];
        return;
      case 'wake':
        [this.#inMemory, this.#onDisk] = [true, true];
        return;
      case 'pass':
        this.#nowMs += happening.ms;
    }
  }

  /** Works until there is nothing to do. @throws when that is never */
  settle(): void {
    this.#failures = 0;
    for (let steps = 0; steps < 50; steps += 1) {
      const step = this.#plan();
      if (step.kind === 'rest' || step.kind === 'forget') return;
      this.#do(step);
    }
    throw new Error('the plan does not come to an end');
  }

  #plan(): Step {
    return planStep(
      {
        wanted: this.#wanted,
        versions: this.#versions,
        linked: this.#linked,
        hasLeftovers: false,
        loaded: this.#loaded,
        inMemory: this.#inMemory,
        onDisk: this.#onDisk,
        restorable: this.#restorable,
        held: this.#held,
      },
      this.#nowMs,
    );
  }

  #do(step: Step): void {
    if (step.kind === 'wait') {
      this.#nowMs = step.untilMs;
      return;
    }
    if (this.#failures > 0 && step.kind !== 'rest' && step.kind !== 'forget') {
      this.#failures -= 1;
      this.#restorable = step.kind !== 'restore';
      if (step.kind !== 'restore') this.#held = { step: step.kind, untilMs: this.#nowMs + 1_000 };
      return;
    }
    if (this.#held?.step === step.kind) this.#held = null;
    this.#carryOut(step);
  }

  #carryOut(step: Step): void {
    if (step.kind === 'pull') this.#pull();
    else if (step.kind === 'load' || step.kind === 'restore') this.#load(step.version);
    else if (step.kind === 'link') this.#link(step.version);
    else if (step.kind === 'unload') {
      this.#inRuntime = null;
      this.#loaded = null;
    } else if (step.kind === 'delete') this.#delete(this.#versions.map(({ id }) => id));
    else if (step.kind === 'remove') this.#delete(step.versions);
  }

  #pull(): void {
    if (this.#wanted === null) throw new Error('nobody wants what is pulled');
    this.pulls.push(this.#wanted);
    this.#nextId += 1;
    const staleSinceMs = Number.NEGATIVE_INFINITY;
    this.#versions.push({ id: `v${this.#nextId}`, filesKey: this.#wanted, outdated: false, staleSinceMs });
  }

  #load(id: string): void {
    this.#link(id);
    this.#inRuntime = this.#version(id);
    this.#loaded = { version: id };
    this.#restorable = true;
  }

  #link(id: string): void {
    const target = this.#version(id);
    const before = this.#versions.find((version) => version.id === this.#linked);
    if (before !== undefined && before !== target) before.staleSinceMs = this.#nowMs;
    this.#linked = id;
  }

  #delete(ids: readonly string[]): void {
    const all = ids.length === this.#versions.length;
    for (const id of ids) {
      const version = this.#version(id);
      if (version === this.#inRuntime) throw new Error('the files of a loaded model are deleted');
      if (id === this.#linked && !all) throw new Error('linked files are deleted');
      if (!all && this.#nowMs < version.staleSinceMs + 5_000) throw new Error('files are deleted that are being read');
    }
    this.#versions = this.#versions.filter(({ id }) => !ids.includes(id));
    if (all) this.#linked = null;
  }

  #version(id: string): Version {
    const version = this.#versions.find((one) => one.id === id);
    if (version === undefined) throw new Error(`there are no complete files ${id}`);
    return version;
  }
}
