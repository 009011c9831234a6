// A version goes into force: linked, then loaded; when the runtime refuses it, the one before is in force again.
import { OutriggerError } from '../../errors.ts';
import type { ModelRecord } from '../model/model-record.ts';
import { untilAborted } from '../runtime/until-aborted.ts';
import { moveLink } from './link-step.ts';
import type { StepParts, Wish } from './step-parts.ts';
import { removeUnfinished } from './unfinished.ts';

/** Its patience is heeded while it waits, not while the runtime loads: nobody can take an order back. */
interface Load extends Wish {
  readonly version: string;
}

export async function loadVersion(load: Load, parts: StepParts): Promise<void> {
  const { record, patience } = load;
  await parts.whenUp(patience);
  const urgent = (): boolean => parts.residency.isAwaited(record);
  await parts.loads.run(() => loadInTurn(load, parts), { signal: patience, urgent });
  await sweep(record, parts);
}

/** @throws as loadVersion */
export async function restoreVersion(load: Load, parts: StepParts): Promise<void> {
  try {
    await loadVersion(load, parts);
  } catch (err) {
    if (!load.patience.aborted) logLost({ record: load.record, version: load.version, err }, parts);
    throw err;
  }
}

function logLost({ record, version, err }: Version & { readonly err: unknown }, { log }: StepParts): void {
  log.error({ model: record.name, version, err }, 'the files of before could not be loaded again either');
}

/** Room is made in its turn: for a hundred models in line a hundred others would have to go at once. */
async function loadInTurn(load: Load, parts: StepParts): Promise<void> {
  const { record, patience } = load;
  if (!(await parts.residency.makeRoom(record, patience))) return; // it stays idle until a request wants it
  record.ordered = true;
  try {
    await loadIntoRoom(load, parts);
  } catch (error) {
    if (record.loaded === null) parts.residency.freeMemory(record); // else it may be there, or come
    throw error;
  } finally {
    record.ordered = false;
  }
}

/**
 * What was refused, with nothing before it, is not left in the runtime's sight: MLServer ends itself at its start over one model of its
 * folder that fails, and would take all others with it.
 */
async function loadIntoRoom({ record, version }: Load, parts: StepParts): Promise<void> {
  const { name } = record;
  const before = record.linked;
  await moveLink({ record, version }, parts);
  if (!parts.runtime.swapsWithoutGap) closeForGap({ record, version, before });
  try {
    await parts.whileChanging(name, () => order({ record, version }, parts));
  } catch (error) {
    if (parts.closing.aborted) throw error;
    await goBack({ record, version, before, mayCome: isTooLate(error) }, parts);
    if (before === null && record.loaded === null) await parts.dir.unlink(name);
    throw error;
  }
}

type Version = Pick<Load, 'record' | 'version'>;

interface Change extends Version {
  /** Where the link led. */
  readonly before: string | null;
}

/**
 * The runtime is going to be without the model for a while. Not when it has had it since before our start, most likely these very
 * files. The other models go on, so readiness does not wait for this one.
 */
function closeForGap({ record, version, before }: Change): void {
  if (!record.serving || (record.loaded === 'unknown' && before === version)) return;
  record.serving = false;
  record.gating = false;
}

/** What is left of pulls that nobody wanted to the end: no matter of the load, which nothing here may undo or hold up. */
async function sweep(record: ModelRecord, parts: StepParts): Promise<void> {
  const { closing, log } = parts;
  try {
    await untilAborted(removeUnfinished(record, parts), closing);
  } catch (err) {
    if (!closing.aborted)
      log.warn({ model: record.name, err }, 'the files of a pull that did not end cannot be removed');
  }
}

/** Whoever is too late may still do it. */
function isTooLate(error: unknown): boolean {
  return error instanceof OutriggerError && error.code === 'UPSTREAM_TIMEOUT';
}

/** @throws OutriggerError of the runtime's API */
async function order({ record, version }: Version, parts: StepParts): Promise<void> {
  const { runtime, metrics, closing, log, residency } = parts;
  const { name } = record;
  const startedAtMs = performance.now();
  try {
    await runtime.load({ name, version }, closing);
  } catch (error) {
    if (isTooLate(error)) record.loaded = 'unknown';
    metrics.loaded('failed', null);
    throw error;
  }
  const tookMs = performance.now() - startedAtMs;
  record.becameLoaded(version, performance.now());
  residency.served(record);
  metrics.loaded('ok', tookMs / 1000);
  log.info({ model: name, version, tookMs: Math.round(tookMs) }, 'model loaded');
}

/** The old version serves on; a runtime that dropped it, or that had to, is given it again. */
async function goBack(
  { record, version, before, mayCome }: Change & { readonly mayCome: boolean },
  parts: StepParts,
): Promise<void> {
  const { runtime, closing } = parts;
  const { name } = record;
  const isChange = before !== null && before !== version;
  if (isChange) await moveLink({ record, version: before }, parts);
  try {
    const kept = runtime.swapsWithoutGap && (await runtime.isServing(name, closing)) === true;
    if (isChange && !kept) return await restore({ record, version: before }, parts);
    record.serving = kept;
    if (!kept && !mayCome) record.loaded = null;
  } catch (err) {
    record.serving = false;
    record.loaded = 'unknown';
    if (isChange && !closing.aborted) logLost({ record, version: before, err }, parts);
  }
}

async function restore({ record, version }: Version, { runtime, closing, whileChanging }: StepParts) {
  const { name } = record;
  await whileChanging(name, () => runtime.load({ name, version }, closing));
  record.becameLoaded(version, performance.now());
}
