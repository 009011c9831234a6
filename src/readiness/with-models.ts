// Ready is who has a ready runtime and its models in it: the probes count only when the models are settled.
import type { Readiness, ReadinessOptions } from './readiness.ts';

interface SettledModels {
  /** Null: they are. Else why not, for people. Never rejects. */
  notReady(): Promise<readonly string[] | null>;
  /** A probe of the runtime failed: it may come back without its models. */
  doubtRuntime(): void;
}

interface ReadyParts {
  /** Stays its owner's to dispose. */
  readonly runtime: Readiness;
  readonly models: SettledModels;
  readonly metrics: NonNullable<ReadinessOptions['metrics']>;
}

export function withModels({ runtime, models, metrics }: ReadyParts): Pick<Readiness, 'check' | 'look'> {
  const unlessModels = async (ask: () => ReturnType<Readiness['check']>): ReturnType<Readiness['check']> => {
    const reasons = await models.notReady();
    if (reasons !== null) {
      metrics.ready.set(0);
      return { ready: false, reasons };
    }
    const verdict = await ask();
    if (!verdict.ready) models.doubtRuntime();
    return verdict;
  };
  return { check: () => unlessModels(() => runtime.check()), look: () => unlessModels(() => runtime.look()) };
}
