// The model folder: which versions of which models are there, which one each link leads to, and how that is changed.
import { readdir, rmdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { OutriggerError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { errorCodeOf, orMissing, whileInFolder } from '../../storage/folder/folder-failure.ts';
import type { FolderLock } from '../../storage/folder/folder-lock.ts';
import { filesKeyOf } from '../models-file/files-key.ts';
import { type Layout, markerOf, modelFolderOf, versionFolderOf, versionIdOf } from './layout.ts';
import { lookAtPlace, removeLink, swapLink } from './model-link.ts';
import type { ModelOnDisk, ModelVersion } from './model-on-disk.ts';
import { hasMarker, readVersion } from './read-version.ts';
import { scanModels } from './scan.ts';
import { moveAside } from './set-aside.ts';
import { Trash } from './trash.ts';
import { openLayout } from './usable-folder.ts';

export interface ModelDirOptions {
  readonly path: string;
  readonly log: Log;
  /** Released with it. Null: nobody else can be there. */
  readonly lock?: FolderLock | null;
}

/**
 * Made where it is missing, put in order, and looked through: what was pulled before, by us or by KServe's agent, is kept.
 * @throws OutriggerError FOLDER_UNUSABLE (no folder, not writable, ...), DISK_FULL
 */
export async function openModelDir({ path, log, lock = null }: ModelDirOptions): Promise<ModelDir> {
  const layout = await openLayout(path);
  const trash = new Trash(layout.trash, log);
  const models = await scanModels({ layout, trash, log, filesKeyOf });
  const { gone } = await trash.sweep();
  return new ModelDir({ layout, trash, log, lock, models, swept: gone });
}

interface ModelDirParts {
  readonly layout: Layout;
  readonly trash: Trash;
  readonly log: Log;
  readonly lock: FolderLock | null;
  readonly models: Map<string, ModelOnDisk>;
  readonly swept: Promise<void>;
}

/** What a pull says of what it has placed and verified. */
export interface PulledVersion {
  readonly spec: Readonly<Record<string, unknown>>;
  /** Of all its files. */
  readonly bytes: number;
}

/** One change at a time for a model; those of different models may run together. */
export class ModelDir implements AsyncDisposable {
  readonly #layout: Layout;
  readonly #trash: Trash;
  readonly #log: Log;
  readonly #lock: FolderLock | null;
  readonly #models: Map<string, ModelOnDisk>;
  /** Resolves when what earlier processes had put into the trash is gone. */
  readonly swept: Promise<void>;

  constructor({ layout, trash, log, lock, models, swept }: ModelDirParts) {
    this.#layout = layout;
    this.#trash = trash;
    this.#log = log;
    this.#lock = lock;
    this.#models = models;
    this.swept = swept;
  }

  /** Live. Versions the newest last; a model without any has a pull that did not end, or lost files. */
  models(): ReadonlyMap<string, ModelOnDisk> {
    return this.#models;
  }

  /** Absolute: the target of a pull. @throws OutriggerError INTERNAL */
  versionFolder(name: string, id: string): string {
    return versionFolderOf(this.#layout, { name, id });
  }

  /**
   * For a pull of this spec: where an earlier one goes on, or the files of a version that lost some are made whole; beside the
   * complete ones of this spec, as the files behind its URI may have changed.
   */
  nextVersionId(name: string, spec: Readonly<Record<string, unknown>>): string {
    const first = versionIdOf(spec);
    const taken = this.#models.get(name)?.versions.map(({ id }) => id) ?? [];
    let id = first;
    for (let number = 1; taken.includes(id); number += 1) id = `${first}.${number}`;
    return id;
  }

  /**
   * After a pull: it counts from now on, as the newest. Without `pulled` its marker is read and its files are looked at, as at a
   * start: with tens of thousands of them that holds the thread up for a tenth of a second. @throws OutriggerError INTERNAL: it is
   * not complete
   */
  async placed(name: string, id: string, pulled?: PulledVersion): Promise<ModelVersion> {
    const version = await this.#versionAt(this.versionFolder(name, id), { id, pulled });
    if (version === null) throw new OutriggerError('INTERNAL', `${name}: version ${id} is not complete after its pull`);
    const { versions } = this.#model(name);
    this.#change(name, { versions: [...versions.filter((other) => other.id !== id), version] });
    return version;
  }

  /**
   * The link leads to this version, in one step; what stood there and was no link of ours is set aside.
   * @throws OutriggerError INTERNAL (no complete version), FOLDER_UNUSABLE, DISK_FULL
   */
  async link(name: string, id: string): Promise<void> {
    this.versionFolder(name, id);
    if (!this.#has(name, id))
      throw new OutriggerError('INTERNAL', `${name}: there is no complete version ${id} to link`);
    this.#lock?.confirm();
    await this.setAside(name);
    await this.#touch(name, id);
    await swapLink(this.#layout, { name, id });
    this.#change(name, { linked: id });
  }

  /** Without a link nothing happens, nor to what somebody else put there. @throws OutriggerError FOLDER_UNUSABLE */
  async unlink(name: string): Promise<void> {
    modelFolderOf(this.#layout, name);
    this.#lock?.confirm();
    const at = await lookAtPlace(this.#layout, name);
    if (at.kind === 'link') await removeLink(this.#layout, name);
    if (this.#models.has(name)) this.#change(name, { linked: null });
    await this.#forgetIfEmpty(name);
  }

  /** A folder, a file or a link of somebody else that has the model's name; without one nothing happens. @throws FOLDER_UNUSABLE */
  async setAside(name: string): Promise<void> {
    modelFolderOf(this.#layout, name);
    const at = await lookAtPlace(this.#layout, name);
    if (at.kind === 'other') await moveAside(this.#layout, { name, log: this.#log });
  }

  /**
   * Complete or not, it is no version any more at once; resolves when its files are deleted, or cannot be (the log says so).
   * @throws OutriggerError INTERNAL (it is linked), FOLDER_UNUSABLE
   */
  async remove(name: string, id: string): Promise<void> {
    const folder = this.versionFolder(name, id);
    this.#lock?.confirm();
    const at = await lookAtPlace(this.#layout, name);
    if (at.kind === 'link' && at.id === id) throw new OutriggerError('INTERNAL', `${name}: version ${id} is linked`);
    const place = await this.#trash.take(folder);
    const { versions, linked } = this.#model(name);
    if (this.#models.has(name)) {
      const rest = versions.filter((version) => version.id !== id);
      this.#change(name, { versions: rest, linked: linked === id ? null : linked });
    }
    await this.#forgetIfEmpty(name);
    if (place !== null) await this.#trash.delete(place);
  }

  /** Pulls that did not end, but for those of `keptIds`; resolves as `remove`. @throws OutriggerError FOLDER_UNUSABLE */
  async removeUnfinished(name: string, keptIds: readonly string[]): Promise<void> {
    const folder = modelFolderOf(this.#layout, name);
    const ids = (await whileInFolder(folder, () => orMissing(readdir(folder)))) ?? [];
    const unfinished = ids.filter((id) => !keptIds.includes(id) && !this.#has(name, id));
    await Promise.all(unfinished.map((id) => this.remove(name, id)));
  }

  /** First the link, then every version, pulls that did not end too; resolves as `remove`. @throws OutriggerError FOLDER_UNUSABLE */
  async removeAll(name: string): Promise<void> {
    await this.unlink(name);
    const place = await this.#trash.take(modelFolderOf(this.#layout, name));
    this.#models.delete(name);
    if (place !== null) await this.#trash.delete(place);
  }

  /** What is still to be deleted then is for the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#trash[Symbol.asyncDispose]();
    await this.swept;
    this.#lock?.release();
  }

  /**
   * Triton takes a model whose newest file is no newer than before for unchanged (runtimes.md 3), also when its folder is another one:
   * a version of before has to be touched to come back. Its marker counts as a file, and nothing hangs on the marker's age.
   */
  async #touch(name: string, id: string): Promise<void> {
    const marker = join(this.versionFolder(name, id), markerOf(id));
    const now = new Date();
    await whileInFolder(marker, () => utimes(marker, now, now));
  }

  async #versionAt(
    folder: string,
    { id, pulled }: { id: string; pulled: PulledVersion | undefined },
  ): Promise<ModelVersion | null> {
    if (pulled !== undefined) {
      const isIts = markerOf(versionIdOf(pulled.spec)) === markerOf(id) && (await hasMarker(folder, id));
      return isIts ? { id, spec: pulled.spec, filesKey: filesKeyOf(pulled.spec), bytes: pulled.bytes } : null;
    }
    const found = await readVersion(folder, { id, filesKeyOf, log: this.#log });
    return found === null ? null : { id, spec: found.spec, filesKey: found.filesKey, bytes: found.bytes };
  }

  #has(name: string, id: string): boolean {
    return this.#model(name).versions.some((version) => version.id === id);
  }

  #model(name: string): ModelOnDisk {
    return this.#models.get(name) ?? { name, versions: [], linked: null };
  }

  #change(name: string, changed: Partial<ModelOnDisk>): void {
    this.#models.set(name, { ...this.#model(name), ...changed });
  }

  async #forgetIfEmpty(name: string): Promise<void> {
    if (this.#model(name).versions.length > 0) return;
    const folder = join(this.#layout.own, name);
    await whileInFolder(folder, async () => {
      try {
        await orMissing(rmdir(folder));
        this.#models.delete(name);
      } catch (error) {
        if (!['ENOTEMPTY', 'EEXIST'].includes(errorCodeOf(error) ?? '')) throw error; // a pull that did not end
      }
    });
  }
}
