// A pull begins in a folder: the folder is made and locked, and what a killed pull left there is taken over, or thrown away.
import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { OutriggerError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { stagingName } from '../uri/own-names.ts';
import { inFolder } from './folder-failure.ts';
import { type LockParts, takeLock } from './folder-lock.ts';
import { Journal } from './journal.ts';
import type { JournalState } from './journal-replay.ts';
import { makeTarget } from './make-folders.ts';
import { markerName, readMarker } from './marker.ts';
import { type ProcessTable, systemProcesses } from './process-identity.ts';
import type { StagedEntry } from './staged-entry.ts';
import type { Staging } from './staging.ts';
import { StagingFolder } from './staging-folder.ts';

export interface StagingOptions extends Pick<LockParts, 'beatMs' | 'watchMs'> {
  /** Made with the folders above it where it is missing. Itself it may be reached through symbolic links. */
  readonly target: string;
  /** What is asked for, without secrets; see Manifest. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly log?: Log;
  /** Default: those of this machine. */
  readonly processes?: ProcessTable;
}

/** @throws OutriggerError FOLDER_UNUSABLE (another pull works there, it is a file, is read-only, ...), DISK_FULL */
export async function openStaging(options: StagingOptions): Promise<Staging> {
  const { spec, log, processes = systemProcesses } = options;
  const target = makeTarget(options.target);
  const folder = join(target, stagingName);
  const lock = await takeLock({ ...options, ensureFolder: () => ensureFolder(folder), processes });
  try {
    ensureFolder(join(folder, 'files'));
    const earlier = await readMarker(target, spec);
    const { journal, ...left } = takeOver({ folder, marker: markerName(spec), processes, log });
    if (left.entries.size > 0) log?.info({ target, files: left.entries.size }, 'going on from an earlier pull');
    // With the marker there, the earlier pull had not moved anything yet, or had moved everything.
    const moving = earlier === null || left.isOfAnother ? left : { placing: false, others: new Set<string>() };
    const { placing, others } = moving;
    return new StagingFolder({ target, spec, folder, lock, journal, entries: left.entries, placing, others, earlier });
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Nobody else may put anything there, or see what is not verified yet. */
function ensureFolder(folder: string): string {
  inFolder(folder, () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!lstatSync(folder).isDirectory()) {
      throw new OutriggerError('FOLDER_UNUSABLE', `${folder} is a symbolic link, and outrigger works there; remove it`);
    }
    chmodSync(folder, 0o700);
  });
  return folder;
}

interface TakeOver {
  readonly folder: string;
  readonly marker: string;
  readonly processes: ProcessTable;
  readonly log: Log | undefined;
}

interface Left extends Pick<JournalState, 'entries' | 'placing' | 'others'> {
  readonly journal: Journal;
  readonly isOfAnother: boolean;
}

/** What an earlier pull of this spec left; the journal goes on from there. */
function takeOver({ folder, marker, processes, log }: TakeOver): Left {
  const { bootId } = processes.own();
  const { journal, state, damaged } = Journal.open(join(folder, 'journal'), bootId);
  if (damaged) log?.warn({ folder }, 'the journal of an unfinished pull is damaged: the pull begins anew');
  const isOfAnother = state !== null && state.marker !== marker;
  if (isOfAnother) log?.info({ folder }, 'an unfinished pull of another model is thrown away');
  if (isOfAnother) journal.clear();
  const left = isOfAnother ? leftByAnother(state) : (state ?? nothing());
  journal.append({ is: 'opened', layout: 1, marker, bootId });
  if (isOfAnother && left.placing) journal.append({ is: 'placing', others: [...left.others] });
  sweepFiles(folder, left.entries);
  return { ...left, journal, isOfAnother };
}

/** Nothing of it is used; but what it had placed in the target when it was killed belongs to no whole model. */
function leftByAnother({ entries, placing, others }: JournalState): Omit<Left, 'journal' | 'isOfAnother'> {
  if (!placing) return nothing();
  const completed = [...entries.values()].filter((entry) => entry.completed !== null);
  return { entries: new Map(), placing, others: new Set([...others, ...completed.map(({ path }) => path)]) };
}

function nothing(): Omit<Left, 'journal' | 'isOfAnother'> {
  return { entries: new Map(), placing: false, others: new Set() };
}

/** Files whose process was killed before the journal knew of them, and whatever was being unpacked. */
function sweepFiles(folder: string, entries: ReadonlyMap<string, StagedEntry>): void {
  const known = new Set([...entries.values()].map(({ number }) => String(number)));
  inFolder(folder, () => {
    rmSync(join(folder, 'unpack'), { recursive: true, force: true });
    const files = join(folder, 'files');
    for (const name of readdirSync(files)) {
      if (!known.has(name)) rmSync(join(files, name), { recursive: true, force: true });
    }
  });
}
