// Ready is who has a ready runtime and its models in it: the probes count only when the models are settled.
import type { Readiness, ReadinessOptions } from './readiness.ts';

export interface SettledModels {
  /** Null: they are. Else why not, for people. Never rejects. */
  notReady(): Promise<readonly string[] | null>;
}

/** The readiness that is given stays its owner's to dispose. */
export function withModels(
  runtime: Readiness,
  models: SettledModels,
  metrics: NonNullable<ReadinessOptions['metrics']>,
): Pick<Readiness, 'check' | 'look'> {
  const unlessModels = async (ask: () => ReturnType<Readiness['check']>): ReturnType<Readiness['check']> => {
    const reasons = await models.notReady();
    if (reasons === null) return ask();
    metrics.ready.set(0);
    return { ready: false, reasons };
  };
  return { check: () => unlessModels(() => runtime.check()), look: () => unlessModels(() => runtime.look()) };
}
