// From the plan's word to the deed.
import type { Step } from '../model/plan.ts';
import { deleteFiles, removeVersions, unloadModel } from './leave-steps.ts';
import { moveLink } from './link-step.ts';
import { loadVersion, restoreVersion } from './load-step.ts';
import { pullFiles } from './pull-step.ts';
import type { StepParts, Wish } from './step-parts.ts';

/** @throws what keeps it from being done; the reason of its patience */
export async function performStep({ step, ...wish }: Wish & { readonly step: Step }, parts: StepParts): Promise<void> {
  const { record } = wish;
  switch (step.kind) {
    case 'pull':
      return pullFiles(wish, parts);
    case 'load':
      return loadVersion({ ...wish, version: step.version }, parts);
    case 'restore':
      return restoreVersion({ ...wish, version: step.version }, parts);
    case 'link':
      return moveLink({ record, version: step.version }, parts);
    case 'unload':
      return unloadModel(wish, parts);
    case 'delete':
      return deleteFiles(wish, parts);
    case 'remove':
      return removeVersions({ record, versions: step.versions }, parts);
    default: // wait, rest and forget are the keeper's
      return;
  }
}
