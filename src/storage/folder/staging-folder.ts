// A model under way, from its first file to the moment when all of them go to their place.
import { mkdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { OutriggerError } from '../../errors.ts';
import type { StoredObject } from '../object-store.ts';
import { safePath } from '../uri/safe-path.ts';
import { freeBytesOf, isInMemory } from './disk-space.ts';
import { inFolder } from './folder-failure.ts';
import type { FolderLock } from './folder-lock.ts';
import type { Journal } from './journal.ts';
import type { Manifest, PlacedFile } from './manifest.ts';
import { markerName, readMarkers } from './marker.ts';
import { carryOut } from './publication.ts';
import { isPublished, type Placement, planPublication } from './publication-plan.ts';
import { StagedEntries } from './staged-entries.ts';
import type { StagedEntry } from './staged-entry.ts';
import { OpenStagedFile } from './staged-file.ts';
import type { StagedFile, Staging } from './staging.ts';
import { SyncedFiles } from './synced-files.ts';

export interface StagingFolderParts {
  readonly target: string;
  readonly spec: Readonly<Record<string, unknown>>;
  /** `<target>/.outrigger`, ours alone while the lock is held. */
  readonly folder: string;
  readonly lock: FolderLock;
  readonly journal: Journal;
  readonly entries: ReadonlyMap<string, StagedEntry>;
  /** An earlier pull was killed while it moved files. */
  readonly placing: boolean;
  /** Paths of ours in the target that neither an entry nor a marker tells of. */
  readonly others: ReadonlySet<string>;
  /** The model as the last whole pull of this spec left it. */
  readonly earlier: Manifest | null;
}

type Member = Omit<PlacedFile, 'source'>;

export class StagingFolder implements Staging {
  readonly #parts: StagingFolderParts;
  readonly #entries: StagedEntries;
  readonly #synced: SyncedFiles;
  /** What this pull asked for; entries of an earlier one that it did not ask for are no part of the model. */
  readonly #opened = new Map<string, StagedEntry>();
  readonly #members = new Map<string, readonly Member[]>();
  #closed = false;

  constructor(parts: StagingFolderParts) {
    this.#parts = parts;
    this.#entries = new StagedEntries({ ...parts, files: join(parts.folder, 'files') });
    const pathOf = (entry: StagedEntry): string => this.#entries.stagedPath(entry);
    this.#synced = new SyncedFiles({ journal: parts.journal, pathOf, inMemory: isInMemory(parts.folder) });
  }

  async open({ path, object }: { readonly path: string; readonly object: StoredObject }): Promise<StagedFile | null> {
    const before = this.#opened.get(safePath(path));
    if (before !== undefined && before.object.key !== object.key) {
      throw new OutriggerError('UNSAFE_PATH', `${before.object.key} and ${object.key} would both be the file ${path}`);
    }
    const entry = this.#entries.take(path, object);
    this.#opened.set(path, entry);
    if (entry.completed !== null) return null;
    const { journal } = this.#parts;
    const file = this.#entries.stagedPath(entry);
    return new OpenStagedFile({ entry, object, file, journal, sync: (fd, done) => this.#synced.add(fd, entry, done) });
  }

  presentBytes({ path, object }: { readonly path: string; readonly object: StoredObject }): number {
    return this.#entries.presentBytes(path, object);
  }

  async freeBytes(): Promise<number> {
    return freeBytesOf(this.#parts.folder);
  }

  pathOf(path: string): string {
    const entry = this.#openedAt(path);
    return this.#entries.isInTarget(entry) ? join(this.#parts.target, path) : this.#entries.stagedPath(entry);
  }

  async unpackFolder(path: string): Promise<string> {
    const folder = this.#unpackPath(this.#openedAt(path));
    inFolder(folder, () => {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    });
    return folder;
  }

  unpacked(path: string, members: readonly Member[]): void {
    for (const member of members) safePath(member.path);
    this.#openedAt(path);
    this.#members.set(path, members);
  }

  async publish(): Promise<readonly PlacedFile[]> {
    const { target, spec, folder, lock, journal, others } = this.#parts;
    const members = [...this.#members].flatMap(([path, found]) => this.#memberPlacements(path, found));
    await this.#synced.all(members.map(({ from }) => from));
    const placements = [...this.#filePlacements(), ...members];
    const leftovers = [...others, ...this.#entries.pathsInTarget()];
    const models = await readMarkers(target);
    const plan = planPublication({ target, marker: markerName(spec), placements, leftovers, models });
    const manifest = { spec, files: placements.map(({ file }) => file) };
    if (isPublished(manifest, { plan, before: models.get(markerName(spec)) })) {
      this.#remove();
      return manifest.files;
    }
    lock.confirm();
    this.#entries.recordPlaced();
    journal.append({ is: 'placing', others: [...plan.filesToRemove, ...members.map(({ file }) => file.path)] });
    await journal.sync();
    lock.confirm(); // the disk may have taken its time
    await carryOut({ target, plan, manifest, draft: join(folder, 'marker') });
    this.#remove();
    return manifest.files;
  }

  async discard(): Promise<void> {
    await this.#synced.idle();
    if (this.#closed) return;
    const { folder, placing } = this.#parts;
    // After a kill among the renames the journal alone knows what in the target is ours.
    if (placing) removeAll(folder, ['files', 'unpack']);
    else this.#remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#synced.idle();
    if (this.#closed) return;
    if (this.#entries.count === 0 && !this.#parts.placing) this.#remove();
    else this.#close();
  }

  #filePlacements(): Placement[] {
    const files = [...this.#opened.values()].filter(({ path }) => !this.#members.has(path));
    return files.map((entry) => {
      const { path, object, completed } = entry;
      if (completed === null) throw new OutriggerError('INTERNAL', `${path} was to be published, and is not complete`);
      const { bytes, mtimeMs } = completed.stamp;
      const file = { path, bytes, mtimeMs, checksums: completed.checksums, source: sourceOf(object) };
      return { from: this.#entries.isInTarget(entry) ? null : this.#entries.stagedPath(entry), file };
    });
  }

  #memberPlacements(path: string, members: readonly Member[]): (Placement & { readonly from: string })[] {
    const entry = this.#openedAt(path);
    if (entry.completed === null) throw new OutriggerError('INTERNAL', `${path} was unpacked, and is not complete`);
    const folder = this.#unpackPath(entry);
    const source = sourceOf(entry.object);
    return members.map((member) => ({ from: join(folder, member.path), file: { ...member, source } }));
  }

  #openedAt(path: string): StagedEntry {
    const entry = this.#opened.get(path);
    if (entry === undefined) throw new OutriggerError('INTERNAL', `${path} was not opened in this pull`);
    return entry;
  }

  #unpackPath({ number }: StagedEntry): string {
    return join(this.#parts.folder, 'unpack', String(number));
  }

  /** The lock goes last: who comes meanwhile is refused, who comes later finds nothing. */
  #remove(): void {
    const { folder } = this.#parts;
    removeAll(folder, ['files', 'unpack', 'marker', 'journal']);
    this.#close();
    try {
      rmdirSync(folder);
    } catch {
      return; // the next pull works in it already
    }
  }

  #close(): void {
    this.#closed = true;
    this.#parts.journal.close();
    this.#parts.lock.release();
  }
}

function removeAll(folder: string, names: readonly string[]): void {
  for (const name of names) inFolder(folder, () => rmSync(join(folder, name), { recursive: true, force: true }));
}

function sourceOf({ key, version, bytes }: StagedEntry['object']): PlacedFile['source'] {
  return { key, version, bytes };
}
