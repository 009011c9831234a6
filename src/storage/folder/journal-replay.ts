// What a staging journal says after a kill: pure, one pass over its lines.
import type { Checksums } from '../object-store.ts';
import type { FileStamp, StagedEntry } from './staged-entry.ts';
import type { StagedPart } from './staging.ts';

/** One line of the journal. A small file is one `completed`; `begun` comes with the first part of a larger one. */
export type JournalRecord =
  | { readonly is: 'opened'; readonly layout: 1; readonly marker: string; readonly bootId: string | null }
  | ({ readonly is: 'begun' } & RecordedObject)
  | ({ readonly is: 'part'; readonly number: number } & StagedPart)
  | ({ readonly is: 'completed'; readonly checksums: Checksums; readonly inPlace: boolean } & RecordedObject &
      FileStampRecord)
  /** They were completed before, and are on the disk now. */
  | { readonly is: 'synced'; readonly numbers: readonly number[] }
  /** Nothing of it counts any more. */
  | { readonly is: 'restarted'; readonly number: number }
  /** Files are being moved from here on; besides the completed ones, these paths are ours: to be placed, or to be removed. */
  | { readonly is: 'placing'; readonly others: readonly string[] };

interface RecordedObject {
  readonly number: number;
  readonly path: string;
  readonly key: string;
  readonly version: string | null;
  readonly bytes: number | null;
}

interface FileStampRecord {
  readonly stamp: FileStamp;
}

export interface JournalState {
  readonly marker: string;
  readonly entries: ReadonlyMap<string, StagedEntry>; // by path
  /** An earlier pull was killed while it moved files: some stand in the target already. */
  readonly placing: boolean;
  /** Paths of ours in the target that no entry tells of. */
  readonly others: ReadonlySet<string>;
}

/**
 * Null: it is no journal of ours, or is corrupt before its last line; then nothing of it is believed. A last line without its
 * end was being written when the process died, and is left out. `bootId`: of now. Another one means that the machine was
 * started again, so what was only written, and not synced, may be gone although its length is there.
 */
export function replayJournal(text: string, bootId: string | null): JournalState | null {
  const lines = text.split('\n');
  lines.pop();
  const replay = new Replay();
  try {
    for (const line of lines) replay.apply(JSON.parse(line) as JournalRecord);
  } catch (error) {
    // SyntaxError of JSON, TypeError and RangeError of what is JSON but no record.
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) return null;
    throw error;
  }
  return replay.end(bootId);
}

class Replay {
  #marker: string | null = null;
  #bootId: string | null = null;
  #placing = false;
  readonly #others = new Set<string>();
  readonly #entries = new Map<string, StagedEntry>();
  readonly #byNumber = new Map<number, StagedEntry>();

  apply(record: JournalRecord): void {
    switch (record.is) {
      case 'opened':
        this.#open(record);
        return;
      case 'begun':
        this.#take(record);
        return;
      case 'part':
        this.#entry(record.number).parts.push({ first: record.first, last: record.last, crcs: record.crcs });
        return;
      case 'completed': {
        this.#take(record);
        const { checksums, stamp, inPlace } = record;
        Object.assign(this.#entry(record.number), { completed: { checksums, stamp, inPlace }, synced: inPlace });
        return;
      }
      case 'synced':
        for (const number of record.numbers) this.#entry(number).synced = true;
        return;
      case 'restarted':
        this.#forget(this.#entry(record.number));
        return;
      case 'placing':
        this.#placing = true;
        for (const path of record.others) this.#others.add(path);
        return;
      default:
        throw new TypeError('no record of ours');
    }
  }

  end(bootId: string | null): JournalState | null {
    if (this.#marker === null) return null;
    this.#boot(bootId);
    for (const entry of this.#entries.values()) entry.parts = withoutOverlaps(entry.parts);
    return { marker: this.#marker, entries: this.#entries, placing: this.#placing, others: this.#others };
  }

  #open({ layout, marker, bootId }: Extract<JournalRecord, { is: 'opened' }>): void {
    if (layout !== 1 || (this.#marker !== null && this.#marker !== marker)) throw new TypeError('another journal');
    if (this.#marker !== null) this.#boot(bootId);
    this.#marker = marker;
    this.#bootId = bootId;
  }

  #boot(bootId: string | null): void {
    if (bootId !== null && bootId === this.#bootId) return;
    for (const entry of this.#entries.values()) if (!entry.synced) this.#forget(entry);
  }

  #take({ number, path, key, version, bytes }: RecordedObject): void {
    if (!Number.isSafeInteger(number) || typeof path !== 'string') throw new TypeError('no file');
    const known = this.#byNumber.get(number);
    const object = { key, version, bytes };
    if (known !== undefined && known.path === path) {
      known.object = object;
      return;
    }
    const entry: StagedEntry = { number, path, object, parts: [], completed: null, synced: false };
    this.#entries.set(path, entry);
    this.#byNumber.set(number, entry);
  }

  #entry(number: number): StagedEntry {
    const entry = this.#byNumber.get(number);
    if (entry === undefined) throw new RangeError(`no file ${number}`);
    return entry;
  }

  #forget(entry: StagedEntry): void {
    Object.assign(entry, { parts: [], completed: null, synced: false });
  }
}

/** In order; of two that share a byte only one counts. */
function withoutOverlaps(parts: readonly StagedPart[]): StagedPart[] {
  const kept: StagedPart[] = [];
  for (const part of parts.toSorted((one, other) => one.first - other.first)) {
    if (part.first > (kept.at(-1)?.last ?? -1) && part.last >= part.first) kept.push(part);
  }
  return kept;
}
