// What pulls that did not end have left in the folder: which of it is still of use, the rest goes.
import type { ModelRecord } from '../model/model-record.ts';
import type { StepParts } from './step-parts.ts';

/** Where the pull of what is wanted goes on: `alsoKept` beside it. @throws OutriggerError FOLDER_UNUSABLE */
export async function removeUnfinished(
  record: ModelRecord,
  { dir }: Pick<StepParts, 'dir'>,
  alsoKept: readonly string[] = [],
): Promise<void> {
  const { name, wanted, target } = record;
  const goesOn = wanted === null || target !== null ? [] : [dir.nextVersionId(name, wanted.spec)];
  const kept = [...goesOn, ...alsoKept];
  await dir.removeUnfinished(name, kept);
  if (kept.length === 0) record.hasUnfinished = false;
}
