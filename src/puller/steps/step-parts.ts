// What a step is given: whose it is, and what the steps of all models share.
import type { PullerConfig } from '../../config/slices.ts';
import type { Log } from '../../log.ts';
import type { ModelMetrics } from '../../model-metrics.ts';
import type { PullThread } from '../../storage/pull-thread.ts';
import type { ModelRecord } from '../model/model-record.ts';
import type { ModelDir } from '../model-dir/model-dir.ts';
import type { Residency } from '../residency/residency.ts';
import type { RuntimeApi } from '../runtime/runtime-api.ts';
import type { Turns } from './turns.ts';

/** Whom a step is for, and how long. */
export interface Wish {
  readonly record: ModelRecord;
  /** Over when something else is wanted, or the agent ends; what must not be broken off in the middle looks at it no more. */
  readonly patience: AbortSignal;
}

export interface StepParts {
  readonly config: PullerConfig;
  readonly dir: ModelDir;
  readonly thread: PullThread;
  readonly runtime: RuntimeApi;
  /** Resolves when the runtime takes orders. @throws signal.reason */
  readonly whenUp: (signal: AbortSignal) => Promise<void>;
  readonly pulls: Turns;
  readonly loads: Turns;
  /** Of their own: a load that has its turn may wait for the room of what is unloaded. */
  readonly unloads: Turns;
  readonly deletions: Turns;
  readonly residency: Residency;
  /** Requests for the model are not merged meanwhile, and what was known of it is read again. */
  readonly whileChanging: <T>(model: string, change: () => Promise<T>) => Promise<T>;
  /** The agent ends. */
  readonly closing: AbortSignal;
  readonly metrics: ModelMetrics;
  readonly log: Log;
}
