// The set of models with all it works with: thread of pulls, runtime, turns; opened when the model folder is.
import type { PullerConfig } from '../config/slices.ts';
import type { Disposal } from '../disposal.ts';
import type { Log } from '../log.ts';
import type { ModelMetrics } from '../model-metrics.ts';
import { PullThread } from '../storage/pull-thread.ts';
import type { ServedModels } from './gate/served-models.ts';
import type { ModelRecord } from './model/model-record.ts';
import type { ModelDir } from './model-dir/model-dir.ts';
import { ModelSet } from './model-set.ts';
import { openRefresher } from './refresher.ts';
import type { Residency } from './residency/residency.ts';
import { openRuntime } from './runtime/open-runtime.ts';
import { RuntimeMemory } from './runtime/runtime-memory.ts';
import { performStep } from './steps/perform.ts';
import type { StepParts } from './steps/step-parts.ts';
import { Turns } from './steps/turns.ts';

export interface OpenSetParts extends Pick<StepParts, 'whileChanging' | 'closing'> {
  readonly config: PullerConfig;
  readonly metrics: ModelMetrics;
  readonly log: Log;
  readonly dir: ModelDir;
  readonly residency: Residency;
  readonly served: ServedModels;
  readonly failed: (record: ModelRecord) => void;
  /** Gets what is opened. */
  readonly opened: Disposal;
}

export interface OpenedSet {
  readonly set: ModelSet;
  readonly runtime: RuntimeMemory;
}

/** Pulls go behind requests (nice). */
const pullNiceness = 10;
/** A model that finishes its last requests keeps its turn for as long: others go on beside it. */
const maxUnloads = 32;
/** Those who read and write files meanwhile wait behind so many. */
const maxDeletions = 8;

export function openSet(parts: OpenSetParts): OpenedSet {
  const { config, metrics, log, dir, residency, served, failed, opened, whileChanging, closing } = parts;
  const api = opened.use(openRuntime(config.runtime, config.modelDir));
  const thread = opened.use(new PullThread({ niceness: pullNiceness }));
  const runtime: RuntimeMemory = opened.use(
    new RuntimeMemory({
      ...{ api, config: config.runtime, log, metrics },
      records: () => set.records,
      kick: (name) => set.kick(name),
      kept: (record) => residency.countMemory(record),
    }),
  );
  const stepParts: StepParts = {
    ...{ config, dir, thread, runtime: api, residency, whileChanging, closing, metrics, log },
    whenUp: (signal) => runtime.whenUp(signal),
    ...turnsOf(config),
  };
  const set: ModelSet = new ModelSet({
    ...{ dir, retry: config.retry, changed: () => served.changed(), added: (record) => served.add(record) },
    perform: async (record, step, signal) => {
      try {
        await performStep({ record, step, patience: signal }, stepParts);
      } finally {
        setImmediate(() => residency.reconsider()); // when its keeper is done with it: it may go
      }
    },
    failed: (record) => {
      if (record.setback?.code === 'UPSTREAM_UNREACHABLE') runtime.doubt();
      failed(record);
    },
    loadedOf: (name) => runtime.loadedOf(name),
    forgotten: (record) => {
      served.delete(record.name);
      residency.forget(record);
    },
  });
  opened.use({ [Symbol.asyncDispose]: () => set.close() });
  if (config.refreshMs !== null) opened.use(openRefresher({ config, dir, thread, set, log }));
  runtime.start();
  return { set, runtime };
}

function turnsOf({ maxPulls, maxLoads }: PullerConfig): Pick<StepParts, 'pulls' | 'loads' | 'unloads' | 'deletions'> {
  return {
    pulls: new Turns(maxPulls),
    loads: new Turns(maxLoads),
    unloads: new Turns(maxUnloads),
    deletions: new Turns(maxDeletions),
  };
}
