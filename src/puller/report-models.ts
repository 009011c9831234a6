// All models as /models and the metrics tell them.
import type { PullerConfig } from '../config/slices.ts';
import type { ModelMetrics } from '../model-metrics.ts';
import { type ModelState, type ModelsReport, type ModelsSummary, modelStates } from '../model-report.ts';
import type { Budget } from './budget/budget.ts';
import type { ModelRecord } from './model/model-record.ts';
import { reportModel, stateOf } from './model/model-words.ts';
import type { ModelsInForce } from './models-in-force.ts';
import type { Residency } from './residency/residency.ts';
import type { RuntimeMemory } from './runtime/runtime-memory.ts';

export interface ReportParts {
  readonly config: Pick<PullerConfig, 'modelsFile'>;
  readonly inForce: ModelsInForce;
  /** What is wrong with the model folder; null: nothing. */
  readonly dirProblem: string | null;
  readonly residency: Residency;
  readonly runtime: RuntimeMemory | null;
  readonly records: readonly ModelRecord[];
  readonly settled: boolean;
}

export function reportModels(parts: ReportParts): ModelsReport {
  const nowMs = performance.now();
  return { ...summarizeModels(parts), list: parts.records.map((record) => reportModel(record, nowMs)) };
}

/** Without a word of each: of thousands it is made once a second while somebody watches. */
export function summarizeModels({
  config,
  inForce,
  dirProblem,
  residency,
  runtime,
  records,
  settled,
}: ReportParts): ModelsSummary {
  const counts = Object.fromEntries(modelStates.map((state) => [state, 0])) as Record<ModelState, number>;
  for (const record of records) counts[stateOf(record)] += 1;
  const { readAt, problem } = inForce;
  return {
    file: { path: config.modelsFile, readAt: readAt?.toISOString() ?? null, problem: dirProblem ?? problem },
    settled,
    runtime: { up: runtime?.up ?? false, restarts: runtime?.restarts ?? 0 },
    counts,
    memory: roomOf(residency.memory),
    disk: roomOf(residency.disk),
    waiting: residency.waiters.size,
  };
}

function roomOf(budget: Budget | null): ModelsReport['memory'] {
  return budget === null ? null : { usedBytes: budget.usedBytes, budgetBytes: budget.maxBytes };
}

/** Gauges that are found out when somebody looks. */
export function measureModels(
  metrics: ModelMetrics,
  { records, isSettled }: { readonly records: () => readonly ModelRecord[]; readonly isSettled: () => boolean },
): void {
  for (const state of modelStates) {
    metrics.states[state].follow(() => records().filter((record) => stateOf(record) === state).length);
  }
  metrics.settled.follow(() => (isSettled() ? 1 : 0));
  metrics.diskBytes.follow(() => records().reduce((sum, { diskBytes }) => sum + diskBytes, 0));
}
