// Policies made of queues: who goes is who stands at the end of one.
import type { ResidencyPolicy } from './simulation.ts';
import { MODELS, type Workload } from './workload.ts';

/** In order of arrival, with their bytes. */
class Queue {
  readonly #models = new Set<number>();
  readonly #sizes: Float64Array;
  bytes = 0;

  constructor({ sizes }: Workload) {
    this.#sizes = sizes;
  }

  has(model: number): boolean {
    return this.#models.has(model);
  }

  push(model: number): void {
    this.#models.add(model);
    this.bytes += this.#sizes[model]!;
  }

  remove(model: number): boolean {
    if (!this.#models.delete(model)) return false;
    this.bytes -= this.#sizes[model]!;
    return true;
  }

  /** Undefined: empty. */
  get oldest(): number | undefined {
    return this.#models.values().next().value;
  }

  /** The oldest ones leave until no more than this is left. */
  cut(maxBytes: number): void {
    while (this.bytes > maxBytes) this.remove(this.oldest!);
  }
}

/** Segmented LRU (Karedla et al., 1994): a second use protects, up to 80 % of the memory. */
export function slru(workload: Workload): ResidencyPolicy {
  const probation = new Queue(workload);
  const kept = new Queue(workload);
  return {
    asked(model) {
      if (!probation.remove(model) && !kept.remove(model)) return;
      kept.push(model);
      while (kept.bytes > 0.8 * workload.maxBytes && kept.oldest !== model) {
        const back = kept.oldest!;
        kept.remove(back);
        probation.push(back);
      }
    },
    victim: () => (probation.oldest ?? kept.oldest)!,
    loaded: (model) => probation.push(model),
    gone: (model) => void (probation.remove(model) || kept.remove(model)),
  };
}

/** 2Q (Johnson, Shasha, 1994): newcomers in a FIFO of 25 %, who comes again after it in an LRU; 50 % of the memory remembered. */
export function twoQueues(workload: Workload): ResidencyPolicy {
  const newcomers = new Queue(workload);
  const often = new Queue(workload);
  const remembered = new Queue(workload);
  return {
    asked(model) {
      if (often.remove(model)) often.push(model);
    },
    victim: () => ((newcomers.bytes > 0.25 * workload.maxBytes ? newcomers.oldest : often.oldest) ?? newcomers.oldest)!,
    loaded: (model) => (remembered.remove(model) ? often : newcomers).push(model),
    gone(model) {
      if (often.remove(model) || !newcomers.remove(model)) return;
      remembered.push(model);
      remembered.cut(0.5 * workload.maxBytes);
    },
  };
}

/** S3-FIFO (Yang et al., 2023): a small FIFO of 10 %, a main one where up to three uses give another round, and ghosts. */
export function s3Fifo(workload: Workload): ResidencyPolicy {
  const small = new Queue(workload);
  const main = new Queue(workload);
  const ghosts = new Queue(workload);
  const uses = new Uint8Array(MODELS);
  const move = (model: number, into: Queue) => {
    small.remove(model);
    main.remove(model);
    into.push(model);
  };
  const victim = (): number => {
    for (;;) {
      const fromSmall =
        small.oldest !== undefined && (small.bytes > 0.1 * workload.maxBytes || main.oldest === undefined);
      const model = (fromSmall ? small.oldest : main.oldest)!;
      if (uses[model]! < (fromSmall ? 2 : 1)) return model;
      uses[model] = fromSmall ? 0 : uses[model]! - 1;
      move(model, main);
    }
  };
  return {
    asked(model) {
      if (small.has(model) || main.has(model)) uses[model] = Math.min(3, uses[model]! + 1);
    },
    victim,
    loaded(model) {
      uses[model] = 0;
      (ghosts.remove(model) ? main : small).push(model);
    },
    gone(model) {
      if (!small.remove(model)) return void main.remove(model);
      ghosts.push(model);
      ghosts.cut(0.9 * workload.maxBytes);
    },
  };
}
