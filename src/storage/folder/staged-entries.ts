// Which of the files that the store has are here already: in staging from a killed pull, or at their place from a whole one.
import { join } from 'node:path';
import type { StoredObject } from '../object-store.ts';
import { InnerFolders } from './inner-folders.ts';
import type { Journal } from './journal.ts';
import type { Manifest, PlacedFile } from './manifest.ts';
import { isSameObject, isSameStamp, type StagedEntry, stampOf } from './staged-entry.ts';
import { isAsPlaced, statsAt } from './stats-at.ts';

export interface StagedEntriesParts {
  readonly target: string;
  /** Of the files in staging. */
  readonly files: string;
  readonly journal: Journal;
  /** What the journal says. */
  readonly entries: ReadonlyMap<string, StagedEntry>;
  /** An earlier pull of this spec was killed while it moved files, so completed ones may stand at their place. */
  readonly placing: boolean;
  /** The model as the last whole pull of this spec left it. */
  readonly earlier: Manifest | null;
}

export class StagedEntries {
  readonly #parts: StagedEntriesParts;
  readonly #entries: Map<string, StagedEntry>;
  readonly #earlier: ReadonlyMap<string, PlacedFile>;
  /** How many files of the earlier model came from one object. */
  readonly #filesOf = new Map<string, number>();
  readonly #inner: InnerFolders;
  #nextNumber = 1;

  constructor(parts: StagedEntriesParts) {
    this.#parts = parts;
    this.#entries = new Map(parts.entries);
    this.#earlier = new Map(parts.earlier?.files.map((file) => [file.path, file]));
    for (const { source } of parts.earlier?.files ?? []) {
      this.#filesOf.set(source.key, (this.#filesOf.get(source.key) ?? 0) + 1);
    }
    this.#inner = new InnerFolders(parts.target);
    for (const { number } of parts.entries.values()) this.#nextNumber = Math.max(this.#nextNumber, number + 1);
  }

  get count(): number {
    return this.#entries.size;
  }

  /** The file as this pull goes on with it: complete, with the parts that count, or empty. */
  take(path: string, object: StoredObject): StagedEntry {
    const found = this.#entries.get(path);
    if (found !== undefined && isSameObject(found.object, object) && this.#isUsable(found)) return found;
    // One that was placed never was in staging: it has no number to go on with.
    const reused = found?.completed?.inPlace ? undefined : found;
    if (reused !== undefined) this.#empty(reused);
    const entry = this.#placedEarlier(path, object) ?? reused ?? newEntry(this.#nextNumber, path, object);
    entry.object = object;
    this.#nextNumber = Math.max(this.#nextNumber, entry.number + 1);
    this.#entries.set(path, entry);
    return entry;
  }

  /** Changes nothing: what `take` would find. */
  presentBytes(path: string, object: StoredObject): number {
    const found = this.#entries.get(path);
    if (found !== undefined && isSameObject(found.object, object) && this.#isUsable(found)) {
      const partBytes = found.parts.reduce((sum, { first, last }) => sum + last - first + 1, 0);
      return found.completed === null ? partBytes : (object.bytes ?? 0);
    }
    return this.#placedEarlier(path, object) === null ? 0 : (object.bytes ?? 0);
  }

  stagedPath({ number }: StagedEntry): string {
    return join(this.#parts.files, String(number));
  }

  /** A completed file that needs no move. */
  isInTarget(entry: StagedEntry): boolean {
    if (entry.completed === null || !(entry.completed.inPlace || this.#parts.placing)) return false;
    return this.#inner.isReached(entry.path) && hasStamp(entry, join(this.#parts.target, entry.path));
  }

  /** Before the marker that tells of the files in their place is removed: from then on the journal has to. */
  recordPlaced(): void {
    for (const { number, path, object, completed } of this.#entries.values()) {
      if (completed?.inPlace !== true) continue;
      const { key, version, bytes } = object;
      this.#parts.journal.append({ is: 'completed', number, path, key, version, bytes, ...completed });
    }
  }

  /** What may stand in the target though no marker tells of it. */
  pathsInTarget(): string[] {
    return [...this.#entries.values()]
      .filter(({ completed }) => completed !== null && (completed.inPlace || this.#parts.placing))
      .map(({ path }) => path);
  }

  /** What the journal says of it is still on the disk. */
  #isUsable(entry: StagedEntry): boolean {
    const staged = this.stagedPath(entry);
    if (entry.completed !== null) return hasStamp(entry, staged) || this.isInTarget(entry);
    const lastByte = entry.parts.at(-1)?.last;
    const stats = statsAt(staged);
    return lastByte !== undefined && stats?.isFile() === true && stats.size > lastByte;
  }

  #empty(entry: StagedEntry): void {
    const begun = entry.completed !== null || entry.parts.length > 0;
    if (begun) this.#parts.journal.append({ is: 'restarted', number: entry.number });
    Object.assign(entry, { parts: [], completed: null, synced: false });
  }

  /** A file that the last whole pull placed, if the store has the same one still and nobody touched it here. */
  #placedEarlier(path: string, object: StoredObject): StagedEntry | null {
    const file = this.#earlier.get(path);
    if (file === undefined || !isSameObject(file.source, object)) return null;
    // Members of archives have another size than their source; and so has what its store keeps compressed, alone.
    const expanded = object.contentEncoding !== null && this.#filesOf.get(object.key) === 1;
    if (file.bytes !== file.source.bytes && !expanded) return null;
    const stats = this.#inner.isReached(path) ? statsAt(join(this.#parts.target, path)) : null;
    if (!isAsPlaced(stats, file)) return null;
    const completed = { checksums: file.checksums, stamp: stampOf(stats), inPlace: true };
    return { ...newEntry(this.#nextNumber, path, object), completed, synced: true };
  }
}

function hasStamp({ completed }: StagedEntry, path: string): boolean {
  const stats = statsAt(path);
  return completed !== null && stats?.isFile() === true && isSameStamp(stampOf(stats), completed.stamp);
}

function newEntry(number: number, path: string, object: StoredObject): StagedEntry {
  return { number, path, object, parts: [], completed: null, synced: false };
}
