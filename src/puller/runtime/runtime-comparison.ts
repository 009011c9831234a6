// What the runtime says it serves against what we had it load: how a restart is noticed.
import type { ModelRecord } from '../model/model-record.ts';

/**
 * `gone`: it has to be loaded again · `kept`: after a start of ours it serves already, of whatever version · `uninvited`: it serves and
 * should not · lost: it is being loaded anew, or in line for it, and what served meanwhile does not · null: nothing is to be done.
 */
export type Finding = 'gone' | 'lost' | 'kept' | 'uninvited' | null;

export interface RuntimeWord {
  /** Does the runtime serve it; null: it cannot tell. */
  readonly serves: boolean | null;
  /** Monotonic: when it was asked. */
  readonly askedAtMs: number;
  /** It was away since it was asked last: what cannot be told is taken for gone. */
  readonly wasAway: boolean;
}

/** What is being unloaded, or was loaded after the question, is left alone. Whether an ordered load serves is told by its end. */
export function compareWithRuntime(record: ModelRecord, { serves, askedAtMs, wasAway }: RuntimeWord): Finding {
  const doing = record.doing?.kind;
  if (doing === 'unload' || record.loadedAtMs >= askedAtMs) return null;
  const gone = serves === false || (serves === null && wasAway);
  const isKnown = record.wanted !== null || record.refused !== null;
  if (record.loaded === 'unknown' && serves === true)
    return record.serving || record.ordered || !isKnown ? null : 'kept';
  if (record.loaded !== null) {
    if (!gone) return null;
    if (doing !== 'load' && doing !== 'restore') return 'gone';
    return record.serving ? 'lost' : null;
  }
  return serves === true && !record.inMemory ? 'uninvited' : null;
}

/** The record as the finding has it; true: there is something to do for its keeper. */
export function takeFinding(record: ModelRecord, finding: Finding): boolean {
  if ((finding === 'gone' || finding === 'lost') && record.serving) record.lostAtMs = performance.now();
  if (finding === 'kept') {
    record.serving = true;
    record.gating = true;
    record.restorable = true;
  } else if (finding === 'gone') {
    record.loaded = null;
    record.serving = false;
  } else if (finding === 'lost') {
    record.loaded = 'unknown'; // the order may be with it already
    record.serving = false;
  } else if (finding === 'uninvited') record.loaded = 'unknown';
  return finding === 'gone' || finding === 'uninvited';
}
