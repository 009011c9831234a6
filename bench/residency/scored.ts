// Policies that give each model a worth: the one worth least goes.
import type { ResidencyPolicy } from './simulation.ts';
import { MODELS, type Workload } from './workload.ts';

interface Score {
  asked(model: number, at: number): void;
  worth(model: number, at: number): number;
}

function scored({ asked, worth }: Score): ResidencyPolicy {
  return {
    asked,
    victim(resident, at) {
      let [victim, least] = [-1, Number.POSITIVE_INFINITY];
      for (const model of resident) {
        const value = worth(model, at);
        if (value < least || victim < 0) [victim, least] = [model, value];
      }
      return victim;
    },
    loaded: () => undefined,
    gone: () => undefined,
  };
}

/** Least recently used. */
export function lru(): ResidencyPolicy {
  return lruK(1);
}

/** Least frequently used, counted for ever. */
export function lfu(): ResidencyPolicy {
  const uses = new Float64Array(MODELS);
  return scored({ asked: (model) => void uses[model]!++, worth: (model) => uses[model]! });
}

/** Whose k-th last use is longest ago (O'Neil, O'Neil, Weikum: LRU-K, 1993); with fewer uses: before all others. */
export function lruK(k: number): ResidencyPolicy {
  const times = Array.from({ length: MODELS }, () => [] as number[]);
  return scored({
    asked(model, at) {
      const own = times[model]!;
      own.push(at);
      if (own.length > k) own.shift();
    },
    worth: (model) => {
      const own = times[model]!;
      return own.length < k ? own.at(-1)! - 1e9 * (k - own.length) : own[0]!;
    },
  });
}

/** GreedyDual-Size with frequency, cost 1 (Cherkasova, 1998): the age is the worth of who went last. */
export function gdsf({ sizes }: Workload): ResidencyPolicy {
  const uses = new Float64Array(MODELS);
  const worth = new Float64Array(MODELS);
  let age = 0;
  const policy = scored({
    asked(model) {
      uses[model]!++;
      worth[model] = age + uses[model]! / sizes[model]!;
    },
    worth: (model) => worth[model]!,
  });
  return {
    ...policy,
    gone(model) {
      age = worth[model]!;
      uses[model] = 0;
    },
  };
}

/** The best there is with equal sizes (Belady, 1966): who is asked for again last. With unequal ones: times its size, a good guess. */
export function belady({ requests, sizes }: Workload): ResidencyPolicy {
  const nextAfter = new Float64Array(requests.length);
  const next = new Float64Array(MODELS).fill(Number.POSITIVE_INFINITY);
  for (let at = requests.length - 1; at >= 0; at--) {
    nextAfter[at] = next[requests[at]!]!;
    next[requests[at]!] = at;
  }
  return scored({
    asked(model, at) {
      next[model] = nextAfter[at]!;
    },
    worth: (model, at) => -(next[model]! - at) * sizes[model]!,
  });
}
