// A model leaves: first the runtime, then, when nobody reads them any more, its files.
import type { ModelRecord } from '../model-record.ts';
import { untilAborted } from '../runtime/until-aborted.ts';
import type { StepParts } from './step-parts.ts';

/** The gate is closed first, so that no request meets a model that is half gone. */
export async function unloadModel(record: ModelRecord, patience: AbortSignal, parts: StepParts): Promise<void> {
  const { runtime, whenUp, whileChanging, residency, closing, metrics, log } = parts;
  await whenUp(patience);
  const { name } = record;
  const wasServing = record.serving;
  record.serving = false;
  try {
    await whileChanging(name, () => runtime.unload(name, closing));
  } catch (error) {
    metrics.unloaded('failed');
    if (!closing.aborted) record.serving = wasServing && record.wanted !== null;
    residency.staysInMemory(record);
    throw error;
  }
  record.loaded = null;
  residency.freeMemory(record);
  metrics.unloaded('ok');
  if (wasServing) log.info({ model: name }, 'model unloaded');
}

/** Resolves when they are gone. The agent's end does not wait for it: what is left lies in the trash, for the next start. */
export async function deleteFiles(record: ModelRecord, { dir, residency, closing, log }: StepParts): Promise<void> {
  const { name } = record;
  await untilAborted(dir.removeAll(name), closing);
  record.hasUnfinished = false;
  residency.freeDisk(record);
  if (record.wanted === null) log.info({ model: name }, 'model removed');
}

export async function removeVersions(
  record: ModelRecord,
  versions: readonly string[],
  { dir, residency, closing }: StepParts,
): Promise<void> {
  for (const version of versions) {
    await untilAborted(dir.remove(record.name, version), closing);
    record.removed(version);
  }
  await untilAborted(dir.removeUnfinished(record.name, null), closing);
  record.hasUnfinished = false;
  residency.keepsOnDisk(record);
}
