// The file that tells TensorFlow Serving or OpenVINO Model Server which models to have: always whole and valid, written by us alone.
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OutriggerError } from '../../errors.ts';
import { orMissing, whileInFolder } from '../../storage/folder/folder-failure.ts';
import { syncFolder } from '../../storage/folder/sync-folder.ts';
import { SharedRun } from './shared-run.ts';

/** Name of a model -> `base_path`, as the runtime sees it. */
export type ConfigEntries = ReadonlyMap<string, string>;

export interface ConfigFormat {
  render(entries: ConfigEntries): string;
  /** Null: not what `render` makes. */
  read(text: string): ConfigEntries | null;
}

interface ConfigFileParts {
  /** Absolute, on our side. */
  readonly path: string;
  readonly format: ConfigFormat;
  /** False: an entry of an earlier agent whose files are gone; null: no entry of any agent. */
  readonly isKept: (name: string, basePath: string) => Promise<boolean | null>;
}

export class ConfigFile {
  readonly #parts: ConfigFileParts;
  readonly #writes = new SharedRun(() => this.#write());
  #reading: Promise<Map<string, string>> | null = null;
  #written = false;

  constructor(parts: ConfigFileParts) {
    this.#parts = parts;
  }

  /**
   * What the file says, or will say when the writes under way are done. The first call reads what an earlier agent left: its models
   * stay loaded. It makes the file when there is none, since both runtimes end at their start without it.
   * @throws OutriggerError FOLDER_UNUSABLE, DISK_FULL, MODEL_LOAD_FAILED (somebody else's file)
   */
  async entries(): Promise<ConfigEntries> {
    return this.#open();
  }

  /** Resolves when the file on the disk says so. Null: without this model. @throws as `entries` */
  async set(name: string, basePath: string | null): Promise<void> {
    const entries = await this.#open();
    if (basePath === null) entries.delete(name);
    else entries.set(name, basePath);
    await this.#writes.join();
  }

  async #open(): Promise<Map<string, string>> {
    this.#reading ??= this.#read();
    let entries: Map<string, string>;
    try {
      entries = await this.#reading;
    } catch (error) {
      this.#reading = null; // tried again by the next
      throw error;
    }
    if (!this.#written) await this.#writes.join();
    return entries;
  }

  async #read(): Promise<Map<string, string>> {
    const { path, format, isKept } = this.#parts;
    const text = await whileInFolder(path, () => orMissing(readFile(path, 'utf8')));
    const found = text === null ? new Map<string, string>() : format.read(text);
    if (found === null) throw notOurs(path);
    const kept = new Map<string, string>();
    for (const [name, basePath] of found) {
      const answer = await isKept(name, basePath);
      if (answer === null) throw notOurs(path);
      if (answer) kept.set(name, basePath);
    }
    return kept;
  }

  /** A reader sees the file of before or the new one, and so does whoever starts after a power failure. */
  async #write(): Promise<void> {
    const { path, format } = this.#parts;
    const text = format.render((await this.#reading) ?? new Map());
    const draft = `${path}.new`;
    await whileInFolder(path, async () => {
      await rm(draft, { force: true });
      const file = await open(draft, 'wx', 0o644);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, path);
      await syncFolder(dirname(path));
    });
    this.#written = true;
  }
}

function notOurs(path: string): OutriggerError {
  const words = `${path} names models that are not Outrigger's, and would be overwritten: name another --runtime-config-file, or remove it`;
  return new OutriggerError('MODEL_LOAD_FAILED', words);
}
