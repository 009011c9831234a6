// A model folder that cannot be used yet: a volume that is mounted late, that a person has to mend, or that another agent still keeps.
import { setTimeout as wait } from 'node:timers/promises';
import { OutriggerError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { holdModelDir } from './hold-model-dir.ts';
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
export async function openModelDirPatiently(parts: PatientParts): Promise<ModelDir> {
  const { path, log, signal, onProblem } = parts;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, maxWaitMs)) {
    try {
      const dir = await openHeld(parts);
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

async function openHeld(parts: PatientParts): Promise<ModelDir> {
  const lock = await holdModelDir(parts);
  try {
    return await openModelDir({ ...parts, lock });
  } catch (error) {
    lock.release();
    throw error;
  }
}
