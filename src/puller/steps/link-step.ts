// Which version `<model-dir>/<name>` leads to, and since when it does not lead to the others.
import type { ModelRecord } from '../model/model-record.ts';
import type { StepParts } from './step-parts.ts';

/** Also back to a version of before. @throws OutriggerError FOLDER_UNUSABLE, DISK_FULL */
export async function moveLink(
  { record, version }: { readonly record: ModelRecord; readonly version: string },
  { dir }: Pick<StepParts, 'dir'>,
): Promise<void> {
  const before = record.linked;
  if (before === version) return;
  await dir.link(record.name, version);
  record.becameCurrent(version);
  if (before !== null) record.becameStale(before, performance.now());
}
