// A model folder that cannot be used yet: a volume that is mounted late, or that a person has to mend, is tried again.
import { setTimeout as wait } from 'node:timers/promises';
import { OutriggerError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { type ModelDir, openModelDir } from './model-dir.ts';

export interface PatientParts {
  readonly path: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** What is wrong with it; null: nothing any more. */
  readonly onProblem: (error: OutriggerError | null) => void;
}

const firstWaitMs = 1_000;
const maxWaitMs = 30_000;

/** @throws the reason of the signal; what is no fault of the folder */
export async function openModelDirPatiently({ path, log, signal, onProblem }: PatientParts): Promise<ModelDir> {
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, maxWaitMs)) {
    try {
      const dir = await openModelDir({ path, log });
      onProblem(null);
      return dir;
    } catch (error) {
      if (!(error instanceof OutriggerError)) throw error;
      if (waitMs === firstWaitMs) log.error({ path }, `no models can be pulled: ${error.message}`);
      onProblem(error);
    }
    await wait(waitMs, undefined, { signal, ref: false }).catch(() => signal.throwIfAborted());
  }
}
