// A model leaves: first the runtime, then, when nobody reads them any more, its files.
import type { ModelRecord } from '../model/model-record.ts';
import { untilAborted } from '../runtime/until-aborted.ts';
import type { StepParts, Wish } from './step-parts.ts';
import { removeUnfinished } from './unfinished.ts';

/** A thousand models that leave at once do not stand before the runtime at once. */
export async function unloadModel({ record, patience }: Wish, parts: StepParts): Promise<void> {
  await parts.whenUp(patience);
  await parts.unloads.run(() => unloadInTurn(record, parts), { signal: patience, urgent: never });
}

/** The gate is closed first, so that no request meets a model that is half gone. */
async function unloadInTurn(record: ModelRecord, parts: StepParts): Promise<void> {
  const { runtime, whileChanging, residency, closing, metrics, log } = parts;
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
export async function deleteFiles({ record, patience }: Wish, parts: StepParts): Promise<void> {
  const { dir, deletions, residency, closing, log } = parts;
  const { name } = record;
  await deletions.run(() => untilAborted(dir.removeAll(name), closing), { signal: patience, urgent: never });
  record.hasUnfinished = false;
  record.removedAll();
  residency.freeDisk(record);
  if (record.wanted === null) log.info({ model: name }, 'model removed');
}

/** Of versions that nobody needs, and of pulls that did not end. */
export async function removeVersions(
  { record, versions }: { readonly record: ModelRecord; readonly versions: readonly string[] },
  parts: StepParts,
): Promise<void> {
  const { dir, residency, closing } = parts;
  for (const version of versions) {
    await untilAborted(dir.remove(record.name, version), closing);
    record.removed(version);
  }
  await untilAborted(removeUnfinished(record, parts), closing);
  residency.keepsOnDisk(record);
}

/** All wait alike. */
const never = (): boolean => false;
