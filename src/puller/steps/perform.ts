// From the plan's word to the deed.
import type { ModelRecord } from '../model/model-record.ts';
import type { Step } from '../model/plan.ts';
import { deleteFiles, removeVersions, unloadModel } from './leave-steps.ts';
import { moveLink } from './link-step.ts';
import { loadVersion, restoreVersion } from './load-step.ts';
import { pullFiles } from './pull-step.ts';
import type { StepParts } from './step-parts.ts';

/** `signal`: the step's wish has gone. @throws what keeps it from being done */
export async function performStep(
  { record, step, signal }: { readonly record: ModelRecord; readonly step: Step; readonly signal: AbortSignal },
  parts: StepParts,
): Promise<void> {
  switch (step.kind) {
    case 'pull':
      return pullFiles(record, signal, parts);
    case 'load':
      return loadVersion({ record, version: step.version, patience: signal }, parts);
    case 'restore':
      return restoreVersion({ record, version: step.version, patience: signal }, parts);
    case 'link':
      return moveLink(record, step.version, parts);
    case 'unload':
      return unloadModel(record, signal, parts);
    case 'delete':
      return deleteFiles(record, signal, parts);
    case 'remove':
      return removeVersions(record, step.versions, parts);
    default: // wait, rest and forget are the keeper's
      return;
  }
}
